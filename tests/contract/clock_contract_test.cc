// What every Clock promises, over the real one and its simulated twin.
#include <gtest/gtest.h>

#include "platform/linux/linux_clock.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit {
namespace {

struct Real {
  void Pass() {
    for (const absl::Duration begin = clock.Boot(); clock.Boot() == begin;) {
    }
  }
  LinuxClock clock;
};

struct Simulated {
  void Pass() { scheduler.RunFor(absl::Milliseconds(1)); }
  sim::SimScheduler scheduler{1};
  sim::SimClock clock{scheduler};
};

template <typename World>
class ClockContract : public testing::Test {
 protected:
  World world_;
};

using Worlds = testing::Types<Real, Simulated>;
TYPED_TEST_SUITE(ClockContract, Worlds);

TYPED_TEST(ClockContract, TheBootClockIsPositiveAndNeverGoesBack) {
  absl::Duration last = this->world_.clock.Boot();
  EXPECT_GT(last, absl::ZeroDuration());
  for (int i = 0; i < 100; ++i) {
    this->world_.Pass();
    EXPECT_GT(this->world_.clock.Boot(), last);
    last = this->world_.clock.Boot();
  }
}

TYPED_TEST(ClockContract, TheWallClockIsLaterThanThisProgramWasWritten) {
  EXPECT_GT(this->world_.clock.Wall(), absl::FromUnixSeconds(1'760'000'000));
}

TEST(SimClockTest, StepsDriftsAndStartsIn1970WhileTheBootClockGoesOn) {
  sim::SimScheduler scheduler(1);
  sim::SimClock clock(scheduler);
  const absl::Time before = clock.Wall();
  clock.Step(-absl::Hours(1));
  EXPECT_EQ(clock.Wall(), before - absl::Hours(1));
  clock.SetDrift(100);
  const absl::Time start = clock.Wall();
  scheduler.RunFor(absl::Seconds(10'000));
  EXPECT_EQ(clock.Wall() - start, absl::Seconds(10'001));
  clock.StartIn1970();
  EXPECT_LT(clock.Wall(), absl::FromUnixSeconds(3600));
  EXPECT_FALSE(clock.WallSynchronised());
  clock.SetRight();
  EXPECT_EQ(clock.Wall(), before + absl::Seconds(10'000));
}

TEST(SimExecutorTest, ASleepingMachineRunsNothingAndThenWhatWasDue) {
  sim::SimScheduler scheduler(1);
  sim::SimExecutor executor(scheduler);
  std::vector<absl::Duration> ran;
  const absl::Duration begin = scheduler.now();
  const auto timer = executor.PostAfter(absl::Seconds(5), [&] { ran.push_back(scheduler.now()); });
  auto cancelled = executor.PostAfter(absl::Seconds(5), [&] { ran.push_back(scheduler.now()); });
  executor.SuspendFor(absl::Seconds(60));
  executor.Post([&] { ran.push_back(scheduler.now()); });
  scheduler.RunFor(absl::Seconds(30));
  EXPECT_TRUE(ran.empty());
  cancelled.reset();
  scheduler.RunFor(absl::Seconds(40));
  EXPECT_EQ(ran, (std::vector<absl::Duration>(2, begin + absl::Seconds(60))));
}

}  // namespace
}  // namespace godwit
