#include "agent/sampling/layout_pacer.h"

#include <gtest/gtest.h>

#include "agent/limits.h"

namespace godwit::agent {
namespace {

TableId Layout(int number) {
  TableId id = std::to_string(number);
  return id.append(kTableIdSize - id.size(), '.');
}

class LayoutPacerTest : public testing::Test {
 protected:
  bool AdmitNew(LayoutPacer::GroupNumber group) {
    return pacer_.Admit(group, Layout(next_++), now_);
  }
  void UseUp() {
    for (int i = 0; i < kNewLayoutsBurst; ++i) EXPECT_TRUE(AdmitNew(1)) << i;
  }

  LayoutPacer pacer_;
  absl::Duration now_ = absl::Hours(100);
  int next_ = 0;
};

TEST_F(LayoutPacerTest, ABurstIsAdmittedAndThenOneEachPeriod) {
  UseUp();
  EXPECT_FALSE(AdmitNew(1));
  now_ += kNewLayoutPeriod - absl::Nanoseconds(1);
  EXPECT_FALSE(AdmitNew(1));
  now_ += absl::Nanoseconds(1);
  EXPECT_TRUE(AdmitNew(1));
  EXPECT_FALSE(AdmitNew(1));
}

TEST_F(LayoutPacerTest, ADeviceThatChangesWithoutEndMakes48LayoutsAnHour) {
  int admitted = 0;
  for (int second = 0; second < 36'000; ++second, now_ += absl::Seconds(1)) admitted += AdmitNew(1);
  EXPECT_EQ(admitted, kNewLayoutsBurst + 10 * 48 - 1);  // the next one is due at the tenth hour
}

TEST_F(LayoutPacerTest, TheBucketIsFullAgainAfterAQuietTimeAndNoFuller) {
  UseUp();
  now_ += 100 * kNewLayoutPeriod;
  UseUp();
  EXPECT_FALSE(AdmitNew(1));
}

TEST_F(LayoutPacerTest, ALayoutThatReturnsCostsNothing) {
  pacer_.AdmitFirst(Layout(1000));
  UseUp();
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(pacer_.Admit(1, Layout(0), now_));
    EXPECT_TRUE(pacer_.Admit(2, Layout(1000), now_));
  }
  EXPECT_FALSE(AdmitNew(1));
}

TEST_F(LayoutPacerTest, GroupsAreServedInTurnHoweverOftenTheyAsk) {
  UseUp();
  EXPECT_FALSE(AdmitNew(7));
  EXPECT_FALSE(AdmitNew(8));
  EXPECT_FALSE(AdmitNew(7));
  now_ += kNewLayoutPeriod;
  EXPECT_FALSE(AdmitNew(8)) << "the token is for the one in front";
  EXPECT_TRUE(AdmitNew(7));
  EXPECT_FALSE(AdmitNew(7)) << "at the end of the queue now";
  now_ += kNewLayoutPeriod;
  EXPECT_FALSE(AdmitNew(7));
  EXPECT_TRUE(AdmitNew(8));
}

TEST_F(LayoutPacerTest, AGroupThatLeavesOrReturnsHoldsUpNoOther) {
  UseUp();
  EXPECT_FALSE(AdmitNew(7));
  EXPECT_FALSE(AdmitNew(8));
  EXPECT_FALSE(AdmitNew(9));
  now_ += kNewLayoutPeriod;
  pacer_.Leave(7);
  EXPECT_TRUE(pacer_.Admit(8, Layout(0), now_));
  EXPECT_TRUE(AdmitNew(9));
}

TEST_F(LayoutPacerTest, TheLayoutAdmittedLongestAgoIsForgottenBeyondTheBound) {
  const auto first = static_cast<int>(kKnownLayoutsMax);
  for (int i = 0; i < first; ++i) pacer_.AdmitFirst(Layout(i));
  next_ = first;
  EXPECT_TRUE(pacer_.Admit(1, Layout(0), now_)) << "and it is the newest from here on";
  UseUp();
  EXPECT_TRUE(pacer_.Admit(1, Layout(0), now_));
  EXPECT_TRUE(pacer_.Admit(1, Layout(kNewLayoutsBurst + 1), now_)) << "the oldest that is left";
  EXPECT_FALSE(pacer_.Admit(1, Layout(kNewLayoutsBurst), now_)) << "one beyond";
}

}  // namespace
}  // namespace godwit::agent
