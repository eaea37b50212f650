// Configurations through everything that can befall a device, its card and its collector: power
// cuts, partitions, a copied card, a restored image, a restored collector. Every trial ends within
// its bound, what is confirmed has proved itself, and the device can always be reached.
#include <gtest/gtest.h>

#include <utility>

#include "tests/sim/lives.h"
#include "tests/sim/trial_life.h"
#include "tests/sim/world.h"

namespace godwit::sim {
namespace {

using collector::OfferState;

// The session that there was is gone by the time the new connection has proved itself.
TEST(Trials, ACollectorThatNamesNoStoreCanConfirmAConnection) {
  World world(1, {.configured = true, .counts_only = true});
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(1));
  world.PushRevision("moved 1");
  ASSERT_TRUE(world.scheduler.RunUntil([&] { return KindOf(world.device().running()) == "moved"; },
                                       absl::Minutes(1)));
  bool first = true;
  world.network.lies().AlwaysOpenBy(
      [&first](agent::CallResult& result, v1::OpenSessionResponse& response) {
        response.clear_store_id();
        if (!std::exchange(first, false)) return;
        result = {.status = Error(StatusCode::kUnavailable, "not now"),
                  .retry_after = absl::Minutes(30)};
      });
  world.network.Cut();
  world.RunFor(absl::Minutes(3));
  EXPECT_EQ(world.device().configuration().confirmed.text, "moved 1");
  EXPECT_EQ(world.device().configuration().store_id, "");
}

TEST(Trials, EndWithinTheirBoundAndLeaveAFallbackConnectionInEveryLife) {
  TrialLifeResult all;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const TrialLifeResult life = RunTrialLife(seed);
    ASSERT_EQ(life.violations, "") << "seed " << seed;
    for (const auto& [state, count] : life.offers) all.offers[state] += count;
    for (const auto& [reason, count] : life.reasons) all.reasons[reason] += count;
    for (const auto& [state, count] : life.states) all.states[state] += count;
  }
  for (const OfferState state : {OfferState::kApplied, OfferState::kFailed, OfferState::kUnset}) {
    EXPECT_GT(all.offers[state], 0) << OfferStateName(state);
  }
  for (const char* reason : {"proved: t", "memory: t", "not prove", "crash: th", "crash: 3 ",
                             "inconclus", "revision ", "the devic"}) {
    EXPECT_GT(all.reasons[reason], 0) << reason;
  }
  for (const char* state :
       {"other files in force", "live view", "reached by a fallback connection"}) {
    EXPECT_GT(all.states[state], 0) << state;
  }
}

}  // namespace
}  // namespace godwit::sim
