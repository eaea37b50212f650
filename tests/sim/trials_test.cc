// Configurations through everything that can befall a device, its card and its collector: power
// cuts, partitions, a copied card, a restored image, a restored collector. Every trial ends within
// its bound, what is confirmed has proved itself, and the device always has a way home.
#include <gtest/gtest.h>

#include <set>
#include <utility>

#include "base/text.h"
#include "tests/sim/lives.h"
#include "tests/sim/sim_configuration.h"
#include "tests/sim/world.h"

namespace godwit::sim {
namespace {

using collector::OfferRow;
using collector::OfferState;

constexpr int kSteps = 30;
constexpr absl::Duration kLook = absl::Seconds(2);
// Sampling, confirming, and what the simulation's delays add.
const absl::Duration kTrialMax = SimMachine::kConfirm + absl::Seconds(40);
const char* const kKinds[] = {"good", "good", "moved", "moved", "broken", "harmful",
                              "slow", "dead", "crash", "later", ""};

class TrialLife {
 public:
  explicit TrialLife(uint64_t seed)
      : world_(seed, {.configured = true, .counts_only = true}),
        rarely_(static_cast<Rarely>(seed % 4)) {}

  void Run() {
    world_.StartCollector();
    world_.StartMachine(device());
    Pass(absl::Minutes(1));
    for (int step = 0; step < kSteps; ++step) {
      if (world_.scheduler.Chance(600)) Push(step);
      Pass(world_.scheduler.DrawUpTo(absl::Minutes(2)));
      Befall(world_.scheduler.Draw() % 10);
    }
    device().disk.set_sync_fails(false);
    if (!world_.collector_up()) world_.StartCollector();
    for (const auto& machine : world_.machines) world_.StartMachine(*machine);
    Pass(absl::Hours(1));
    // One more, to a collector and a device that have been through all that.
    Push("good last");
    Pass(absl::Minutes(10));
  }

  std::string Violations() {
    std::string text = world_.Violations() + violations_;
    const int64_t key = world_.store.Devices()->front().key;
    const auto configuration = *world_.store.Configuration(key);
    for (const auto& machine : world_.machines) {
      const auto& state = machine->configuration();
      if (configuration.effective != state.confirmed.id) {
        text += "another one is told as effective; ";
      }
      if (machine->running().id != state.confirmed.id) text += "it runs what is not confirmed; ";
      if (state.confirmed.text != "good last") {
        text += Cat("the last is not taken: ", state.last.reason, "; ");
      }
    }
    const auto offers = *world_.store.Offers(key, 1000);
    for (const OfferRow& row : offers) ++states[row.state];
    return text;
  }

  std::map<OfferState, int> states;
  std::map<std::string, int> reasons;

 private:
  // What befalls some lives only.
  enum class Rarely { kCollectorRestored, kFilesEdited, kCardCopied, kImageRestored };

  SimMachine& device() { return world_.device(); }

  void Push(int step) {
    const std::string kind = kKinds[world_.scheduler.Draw() % std::size(kKinds)];
    Push(kind.empty() ? "" : Cat(kind, " ", step));
  }
  void Push(const std::string& text) { world_.PushRevision(text); }

  // Time goes on; whoever crashes is started again, and everything is watched.
  void Pass(absl::Duration span) {
    for (absl::Duration left = span; left > absl::ZeroDuration(); left -= kLook) {
      world_.RunFor(std::min(left, kLook));
      for (const auto& machine : world_.machines) {
        if (!machine->up()) continue;
        if (machine->has_crashed()) {
          machine->Kill();
          world_.StartMachine(*machine);
        }
        Watch(*machine);
      }
    }
  }

  void Watch(SimMachine& machine) {
    const auto& state = machine.configuration();
    ++reasons[state.last.reason.substr(0, 12)];
    const std::string kind = SimConfigurable::KindOf(state.confirmed);
    if (kind == "dead" || kind == "broken" || kind == "harmful" || kind == "slow") {
      violations_ += Cat(state.confirmed.text, " is confirmed; ");
    }
    if (!state.trial) {
      if (machine.running().id != state.confirmed.id) violations_ += "what failed still runs; ";
      trials_.erase(&machine);
      return;
    }
    const Trial now{state.trial->revision.offer, world_.scheduler.now()};
    Trial& known = trials_.try_emplace(&machine, now).first->second;
    if (known.offer != now.offer) known = now;
    if (now.since - known.since > kTrialMax) violations_ += "a trial without end; ";
  }

  void Befall(uint64_t what) {
    trials_.clear();
    switch (what) {
      case 0:
        device().Kill();
        return world_.StartMachine(device());
      case 1:
        device().PowerCut();
        return world_.StartMachine(device());
      case 2:
      case 3:
        return device().PowerCutSoon();
      case 4:
        return world_.network.Cut();
      case 5:
        return world_.network.BlackHoleFor(world_.scheduler.DrawUpTo(absl::Minutes(4)));
      case 6:
        world_.KillCollector();
        Pass(world_.scheduler.DrawUpTo(absl::Minutes(3)));
        return world_.StartCollector();
      case 7:
        return device().disk.set_sync_fails(world_.scheduler.Chance(500), 300);
      case 8:
        return BefallRarely();
      default:
        world_.StopMachine(device());
        return world_.StartMachine(device());
    }
  }

  void BefallRarely() {
    switch (rarely_) {
      case Rarely::kCollectorRestored:
        return BackUpAndRestore();
      case Rarely::kFilesEdited:
        return EditFiles();
      case Rarely::kCardCopied:
        if (world_.machines.size() == 1) world_.CopyCard(device());
        return;
      case Rarely::kImageRestored:
        return PutImageBack();
    }
  }

  void PutImageBack() {
    if (!device().has_image()) return device().TakeImage();
    device().PowerCut();
    device().RestoreImage();
    world_.StartMachine(device());
  }

  void BackUpAndRestore() {
    if (!world_.has_backup()) return world_.TakeBackup();
    world_.KillCollector();
    world_.RestoreBackup();
    world_.StartCollector();
  }

  void EditFiles() {
    device().EditFiles();
    device().Kill();
    world_.StartMachine(device());
  }

  World world_;
  const Rarely rarely_;
  std::string violations_;
  struct Trial {
    agent::OfferId offer;
    absl::Duration since;
  };
  std::map<const SimMachine*, Trial> trials_;
};

// The session that there was is gone by the time the new connection has proved itself.
TEST(Trials, ACollectorThatNamesNoStoreCanConfirmAConnection) {
  World world(1, {.configured = true, .counts_only = true});
  world.StartCollector();
  world.StartMachine(world.device());
  world.RunFor(absl::Minutes(1));
  world.PushRevision("moved 1");
  ASSERT_TRUE(world.scheduler.RunUntil(
      [&] { return SimConfigurable::KindOf(world.device().running()) == "moved"; },
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

TEST(Trials, EndWithinTheirBoundAndLeaveAWayHomeInEveryLife) {
  std::map<OfferState, int> states;
  std::map<std::string, int> reasons;
  for (uint64_t seed = 1; seed <= kSeeds; ++seed) {
    TrialLife life(seed);
    life.Run();
    ASSERT_EQ(life.Violations(), "") << "seed " << seed;
    for (const auto& [state, count] : life.states) states[state] += count;
    for (const auto& [reason, count] : life.reasons) reasons[reason] += count;
  }
  for (const OfferState state : {OfferState::kApplied, OfferState::kFailed, OfferState::kUnset}) {
    EXPECT_GT(states[state], 0) << OfferStateName(state);
  }
  for (const char* reason : {"proved: a ba", "flood: too m", "not proved w", "crash: the a",
                             "crash: 3 sta", "inconclusive", "line 1: brok", "the device's"}) {
    EXPECT_GT(reasons[reason], 0) << reason;
  }
}

}  // namespace
}  // namespace godwit::sim
