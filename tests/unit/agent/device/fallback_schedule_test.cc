#include "agent/device/fallback_schedule.h"

#include <gtest/gtest.h>

namespace godwit::agent {
namespace {

TEST(FallbackScheduleTest, TriesEveryConnectionInTurnUntilThereIsASession) {
  const absl::Duration after = absl::Hours(1);
  FallbackSchedule schedule(after, absl::ZeroDuration());
  absl::Duration now = absl::Minutes(59);
  EXPECT_FALSE(schedule.Next(now, false, 3));
  now = after;
  EXPECT_EQ(schedule.Next(now, false, 3), 1u);
  EXPECT_FALSE(schedule.Next(now + absl::Minutes(4), false, 3));
  EXPECT_EQ(schedule.Next(now += FallbackSchedule::kTryFor, false, 3), 2u);
  EXPECT_EQ(schedule.Next(now += FallbackSchedule::kTryFor, false, 3), 0u);
  EXPECT_EQ(schedule.Next(now += FallbackSchedule::kTryFor, false, 3), 1u);
  EXPECT_FALSE(schedule.Next(now += absl::Hours(5), true, 3));
  EXPECT_FALSE(schedule.Next(now + absl::Minutes(59), false, 3));
  EXPECT_EQ(schedule.Next(now + after, false, 3), 2u);
}

TEST(FallbackScheduleTest, StaysWhereThereIsNoOtherConnection) {
  FallbackSchedule schedule(absl::Hours(1), absl::ZeroDuration());
  EXPECT_FALSE(schedule.Next(absl::Hours(9), false, 1));
}

}  // namespace
}  // namespace godwit::agent
