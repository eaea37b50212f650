// How a device that brings too much that is new is slowed.
#include "collector/store/device_bounds.h"

#include <gtest/gtest.h>

#include "collector/limits.h"
#include "collector/store/record_store.h"

namespace godwit::collector {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kHour = 3600 * kSecond;

class DeviceBoundsTest : public testing::Test {
 protected:
  // Of tables, some seconds later.
  PaceAnswer After(int64_t seconds, uint64_t count) {
    now_ += seconds * kSecond;
    return Take(TraitsOf(DeviceBound::kTables), count, now_, pace_);
  }
  bool Takes(int64_t seconds, uint64_t count) {
    return After(seconds, count).wait == absl::ZeroDuration();
  }

  int64_t now_ = 1000 * kHour;
  Pace pace_;
};

TEST_F(DeviceBoundsTest, AsManyAsTheBoundAreTakenAtOnceAndThenOneCallInEachPause) {
  EXPECT_TRUE(Takes(0, 200));
  EXPECT_TRUE(Takes(0, 56));
  EXPECT_TRUE(Takes(0, 1));
  EXPECT_EQ(After(0, 1).wait, kNewTablesPause);
  EXPECT_EQ(After(9, 1).wait, absl::Seconds(1));
  EXPECT_TRUE(Takes(1, 256));
  EXPECT_FALSE(Takes(9, 1));
  EXPECT_TRUE(Takes(1, 1));
}

TEST_F(DeviceBoundsTest, AnHourLaterThereIsRoomAgain) {
  EXPECT_TRUE(Takes(0, 256));
  EXPECT_TRUE(Takes(1, 1));
  EXPECT_FALSE(Takes(1, 1));
  EXPECT_TRUE(Takes(3598, 256));
  EXPECT_TRUE(Takes(0, 1));
  EXPECT_FALSE(Takes(0, 1));
}

TEST_F(DeviceBoundsTest, ADeviceThatIsSlowedWithoutABreakIsRaisedOnce) {
  EXPECT_FALSE(After(0, 256).is_raised);
  EXPECT_TRUE(After(0, 1).is_raised);
  EXPECT_FALSE(After(1, 1).is_raised);
  After(3600, 256);
  EXPECT_FALSE(After(0, 1).is_raised);
  // An hour in which it was not slowed ends it.
  After(3600, 1);
  After(3600, 256);
  EXPECT_TRUE(After(0, 1).is_raised);
  // So does a time in which it brought nothing.
  After(3 * 3600, 256);
  EXPECT_TRUE(After(0, 1).is_raised);
}

TEST_F(DeviceBoundsTest, AClockThatIsSetBackMakesNobodyWait) {
  EXPECT_TRUE(Takes(0, 256));
  EXPECT_TRUE(Takes(1800, 1));
  EXPECT_TRUE(Takes(-60, 1));
  EXPECT_TRUE(Takes(-7200, 256));
}

TEST_F(DeviceBoundsTest, ACallWithMoreThanASlowedDeviceMayBringWaitsForTheEndOfTheTime) {
  const BoundTraits& traits = TraitsOf(DeviceBound::kRuns);
  ASSERT_EQ(Take(traits, kNewRunsMax, now_, pace_).wait, absl::ZeroDuration());
  now_ += kHour;
  EXPECT_EQ(Take(traits, kNewRunsSlowed + 1, now_, pace_).wait, kNewRunsWithin - absl::Hours(1));
  EXPECT_EQ(Take(traits, kNewRunsSlowed, now_, pace_).wait, absl::ZeroDuration());
  EXPECT_EQ(Take(traits, 1, now_, pace_).wait, kNewRunsPause);
  now_ += absl::ToInt64Nanoseconds(kNewRunsWithin);
  EXPECT_EQ(Take(traits, kNewRunsMax, now_, pace_).wait, absl::ZeroDuration());
}

TEST_F(DeviceBoundsTest, AQuotaIsRaisedAgainAfterADayWithoutARefusal) {
  const auto refuse = [&](absl::Duration later) {
    now_ += absl::ToInt64Nanoseconds(later);
    return Refuse(TraitsOf(DeviceBound::kBytes), now_, pace_);
  };
  EXPECT_TRUE(refuse(absl::ZeroDuration()).is_raised);
  EXPECT_FALSE(refuse(absl::Hours(20)).is_raised);
  EXPECT_FALSE(refuse(absl::Hours(20)).is_raised);
  EXPECT_TRUE(refuse(absl::Hours(25)).is_raised);
  EXPECT_EQ(refuse(absl::Seconds(1)).wait, kQuotaRetry);
}

TEST(DeviceBoundTest, EachHasAnOutcomeOfItsOwn) {
  for (size_t i = 0; i < kDeviceBounds; ++i) {
    const auto bound = static_cast<DeviceBound>(i);
    EXPECT_EQ(BoundOf(OutcomeOf(bound)), bound);
  }
  EXPECT_EQ(BoundOf(Outcome::kNoRoom), std::nullopt);
  EXPECT_EQ(OutcomeOf(DeviceBound::kSeries), Outcome::kOverSeries);
}

}  // namespace
}  // namespace godwit::collector
