// When the next attempt to open a session is made.
#include "agent/uplink/retry_schedule.h"

#include <gtest/gtest.h>

#include "agent/limits.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::agent {
namespace {

// The longest waits of a back-off.
class MostRandom final : public Random {
 public:
  uint64_t Next() override { return ~uint64_t{0}; }
};

class RetryScheduleTest : public testing::Test {
 protected:
  static CallResult Unavailable(std::optional<absl::Duration> hint = std::nullopt) {
    return {.status = Error(StatusCode::kUnavailable, "gone"), .retry_after = hint};
  }
  // Rounded up to seconds.
  int64_t Seconds(absl::Duration wait) {
    return absl::ToInt64Seconds(absl::Ceil(wait, absl::Seconds(1)));
  }
  int64_t Plan(const CallResult& result, bool was_open = false) {
    return Seconds(retry_.Plan(result, was_open));
  }

  sim::SimScheduler scheduler_{1};
  sim::SimClock clock_{scheduler_};
  MostRandom random_;
  RetrySchedule retry_{{.initial = absl::Seconds(1), .max = absl::Seconds(100)}, clock_, random_};
};

TEST_F(RetryScheduleTest, TheBackoffGrowsUntilItBeginsAnew) {
  EXPECT_EQ(Plan(Unavailable()), 1);
  EXPECT_EQ(Plan(Unavailable()), 2);
  EXPECT_EQ(Plan(Unavailable()), 4);
  EXPECT_EQ(Seconds(retry_.wait()), 4);
  EXPECT_FALSE(retry_.HintHolds());
  scheduler_.RunFor(absl::Seconds(3));
  EXPECT_EQ(Seconds(retry_.wait()), 1);
  scheduler_.RunFor(absl::Seconds(3));
  EXPECT_EQ(retry_.wait(), absl::ZeroDuration());
  retry_.ResetBackoff();
  EXPECT_EQ(Plan(Unavailable()), 1);
}

TEST_F(RetryScheduleTest, AHintIsFollowedUpToAnHour) {
  EXPECT_EQ(Plan(Unavailable(absl::Seconds(50))), 50);
  EXPECT_TRUE(retry_.HintHolds());
  EXPECT_EQ(Plan(Unavailable(absl::Hours(7))), 3600);
  EXPECT_EQ(retry_.wait(), kRetryHintMax);
  scheduler_.RunFor(kRetryHintMax);
  EXPECT_FALSE(retry_.HintHolds());
}

TEST_F(RetryScheduleTest, NothingComesEarlierThanTheHint) {
  retry_.Plan(Unavailable(absl::Seconds(50)), false);
  retry_.Plan(Unavailable(), false);  // an attempt that came although nothing asked for it
  retry_.BringForward();
  EXPECT_EQ(retry_.wait(), absl::Seconds(50));
  EXPECT_TRUE(retry_.BringForwardForNetwork());
  EXPECT_EQ(retry_.wait(), absl::Seconds(50));
  scheduler_.RunFor(absl::Seconds(50));
  EXPECT_FALSE(retry_.HintHolds());
  EXPECT_EQ(retry_.wait(), absl::ZeroDuration());
}

TEST_F(RetryScheduleTest, WithoutAHintItIsBroughtForwardToNow) {
  retry_.Plan(Unavailable(), false);
  retry_.BringForward();
  EXPECT_EQ(retry_.wait(), absl::ZeroDuration());
}

TEST_F(RetryScheduleTest, AChangedNetworkBeginsTheBackoffAnewUnlessAHintHolds) {
  for (int i = 0; i < 5; ++i) retry_.Plan(Unavailable(), false);
  ASSERT_TRUE(retry_.BringForwardForNetwork());
  EXPECT_EQ(Plan(Unavailable()), 1);
  for (int i = 0; i < 5; ++i) retry_.Plan(Unavailable(absl::Seconds(50)), false);
  scheduler_.RunFor(RetrySchedule::kHurryAgain);
  ASSERT_TRUE(retry_.BringForwardForNetwork());
  EXPECT_EQ(Plan(Unavailable()), 64);
}

TEST_F(RetryScheduleTest, ANetworkThatChangesAllTheTimeHurriesNothing) {
  retry_.Plan(Unavailable(), false);
  EXPECT_TRUE(retry_.BringForwardForNetwork());
  retry_.Plan(Unavailable(), false);
  EXPECT_FALSE(retry_.BringForwardForNetwork());
  EXPECT_GT(retry_.wait(), absl::ZeroDuration());
  scheduler_.RunFor(RetrySchedule::kHurryAgain);
  EXPECT_TRUE(retry_.BringForwardForNetwork());
}

TEST_F(RetryScheduleTest, DevicesWhoseSessionsEndTogetherReturnSpreadOut) {
  CallResult closed = Unavailable();
  closed.closed_by_peer = true;
  EXPECT_EQ(Plan(closed, true), Seconds(kReturnSpread));
  EXPECT_EQ(Plan(Unavailable(absl::Seconds(50)), true), 50) << "within the hint";
  EXPECT_EQ(Plan(Unavailable(absl::ZeroDuration()), true), 4) << "no less than the back-off";
  EXPECT_EQ(Plan(closed, false), 8) << "there was no session";
}

TEST_F(RetryScheduleTest, AnErrorThatNeedsAPersonIsRetriedSlowly) {
  EXPECT_EQ(Plan({.status = Error(StatusCode::kPermissionDenied, "no")}), Seconds(kSlowRetry));
}

}  // namespace
}  // namespace godwit::agent
