#include "platform/reload_pacer.h"

#include <gtest/gtest.h>

#include "tests/sim/sim_scheduler.h"

namespace godwit {
namespace {

class ReloadPacerTest : public testing::Test {
 protected:
  sim::SimScheduler scheduler_{1};
  sim::SimExecutor loop_{scheduler_};
  int reloads_ = 0;
  ReloadPacer pacer_{loop_, [this] { ++reloads_; }};
};

TEST_F(ReloadPacerTest, ARequestIsMetAtOnceAndSoIsALaterOne) {
  pacer_.Request();
  EXPECT_EQ(reloads_, 1);
  scheduler_.RunFor(absl::Seconds(2));
  EXPECT_EQ(reloads_, 1);
  pacer_.Request();
  EXPECT_EQ(reloads_, 2);
}

TEST_F(ReloadPacerTest, AStormOfRequestsIsOneReloadNowAndOneASecond) {
  for (int i = 0; i < 2500; ++i) {
    pacer_.Request();
    scheduler_.RunFor(absl::Milliseconds(1));
  }
  EXPECT_EQ(reloads_, 3);
  // The last request is met, too.
  scheduler_.RunFor(absl::Minutes(1));
  EXPECT_EQ(reloads_, 4);
}

}  // namespace
}  // namespace godwit
