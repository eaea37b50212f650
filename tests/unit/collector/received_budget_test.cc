// What is received and undecided: who is read, who waits, who continues.
#include "collector/ingest/received_budget.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/text.h"
#include "collector/ingest/ingest_limits.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::collector {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr size_t kLimit = 256 * kMiB;

class ReceivedBudgetTest : public testing::Test {
 protected:
  // Devices that hold so much each, so that the budget is filled up to `bytes`.
  void FillTo(size_t bytes, size_t each = 32 * kMiB) {
    while (budget_.total() < bytes) {
      const size_t more = std::min(each, bytes - budget_.total());
      budget_.Charge(Cat("filler-", fillers_++), more);
    }
  }
  // A device that holds something.
  uint64_t Wait(const std::string& device, size_t expected = 1) {
    if (budget_.MayRead(device)) budget_.Charge(device, kLittleReceived);
    return budget_.Wait(device, expected, [this, device] { resumed_.push_back(device); });
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  RecentUse use_{clock_};
  ReceivedBudget budget_{kLimit, use_};
  int fillers_ = 0;
  std::vector<std::string> resumed_;
};

TEST_F(ReceivedBudgetTest, BeyondTheLimitOnlyDevicesThatHoldLittleAreReadUpToAHalfMore) {
  budget_.Charge("large", kLittleReceived);
  budget_.Charge("small", kLittleReceived - 1);
  FillTo(kLimit - 1);
  EXPECT_TRUE(budget_.MayRead("large"));
  FillTo(kLimit);
  EXPECT_FALSE(budget_.MayRead("large"));
  EXPECT_TRUE(budget_.MayRead("small"));
  EXPECT_TRUE(budget_.MayRead("another"));
  FillTo(kLimit + kLimit / 2);
  EXPECT_FALSE(budget_.MayRead("small"));
  EXPECT_FALSE(budget_.MayRead("another"));
}

TEST_F(ReceivedBudgetTest, OneDeviceHoldsAQuarterAtMostAndKeepsNobodyWaiting) {
  budget_.Charge("greedy", kLimit / 4 - 1);
  EXPECT_TRUE(budget_.MayRead("greedy"));
  budget_.Charge("greedy", 1);
  EXPECT_FALSE(budget_.MayRead("greedy"));
  Wait("greedy");
  FillTo(kLimit);
  use_.Add("other", absl::Seconds(10));
  Wait("other");
  budget_.Release("filler-0", kMiB);
  EXPECT_EQ(resumed_, (std::vector<std::string>{"other"}));
  budget_.Release("greedy", 64 * kMiB);
  EXPECT_EQ(resumed_.back(), "greedy");
}

TEST_F(ReceivedBudgetTest, WhoeverHasUsedLeastGoesOnFirst) {
  FillTo(kLimit);
  use_.Add("busy", absl::Seconds(1));
  use_.Add("calm", absl::Microseconds(1));
  Wait("busy");
  Wait("new");
  Wait("calm");
  budget_.Release("filler-0", kMiB);
  EXPECT_EQ(resumed_, (std::vector<std::string>{"calm", "new", "busy"}));
}

TEST_F(ReceivedBudgetTest, NoMoreGoOnThanWhatTheyBringHasRoomFor) {
  FillTo(kLimit);
  for (int i = 0; i < 10; ++i) Wait(Cat("device-", i), kMiB);
  budget_.Release("filler-0", 3 * kMiB);
  EXPECT_EQ(resumed_.size(), 3u);
  EXPECT_EQ(budget_.statistics().waits, 10u);
  EXPECT_EQ(budget_.statistics().bytes, kLimit + 10 * kLittleReceived - 3 * kMiB);
}

TEST_F(ReceivedBudgetTest, ADeviceThatHoldsLittleByNowDoesNotWaitForTheOthers) {
  FillTo(kLimit);
  Wait("other");
  Wait("device");
  budget_.Release("device", 1);
  EXPECT_EQ(resumed_, (std::vector<std::string>{"device"}));
}

TEST_F(ReceivedBudgetTest, WhenNothingIsOnItsWayToAVerdictAllGoOn) {
  budget_.Charge("holder", kMiB);
  budget_.HoldTables(kMiB);
  FillTo(kLimit + kLimit / 2, 2 * kLimit);
  for (int i = 0; i < 10; ++i) Wait(Cat("device-", i), kLimit / 2);
  budget_.Release("filler-0", kLimit + kLimit / 2 - kMiB);
  EXPECT_EQ(resumed_.size(), 10u);
}

TEST_F(ReceivedBudgetTest, WhoeverLeavesDoesNotGoOn) {
  FillTo(kLimit);
  const uint64_t number = Wait("device");
  budget_.Leave("device", number);
  budget_.Release("filler-0", kMiB);
  EXPECT_TRUE(resumed_.empty());
}

TEST_F(ReceivedBudgetTest, WhatIsOnItsWayIsTakenButNotWithoutEndAndLargeBeforeSmall) {
  FillTo(kLimit);
  EXPECT_TRUE(budget_.HasRoomFor(kMessageBytesMax));
  FillTo(kLimit + kLimit / 2 - 16 * kMiB);
  EXPECT_TRUE(budget_.HasRoomFor(kMiB));
  EXPECT_FALSE(budget_.HasRoomFor(kMiB + 1));
  EXPECT_TRUE(budget_.HasRoomFor(10 * 1024));
  FillTo(kLimit + kLimit / 2);
  EXPECT_FALSE(budget_.HasRoomFor(1));
}

TEST_F(ReceivedBudgetTest, TablesThatWaitMayHoldAQuarter) {
  budget_.Charge("device", kLimit / 4);
  budget_.HoldTables(kLimit / 4);
  EXPECT_FALSE(budget_.HoldsTooManyTables());
  budget_.Charge("device", 1);
  budget_.HoldTables(1);
  EXPECT_TRUE(budget_.HoldsTooManyTables());
  budget_.LetTablesGo(1);
  EXPECT_FALSE(budget_.HoldsTooManyTables());
}

}  // namespace
}  // namespace godwit::collector
