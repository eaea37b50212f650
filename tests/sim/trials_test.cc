// Configurations through everything that can befall a device and its collector: every trial ends
// within its bound, what is confirmed has proved itself, and the device always has a way home.
#include <gtest/gtest.h>

#include <set>

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
      : world_(seed, {.configured = true}), restores_(seed % 3 == 0) {}

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
    world_.StartMachine(device());
    Pass(absl::Hours(1));
    // One more, to a collector and a device that have been through all that.
    Push("good last");
    Pass(absl::Minutes(10));
  }

  std::string Violations() {
    std::string text = world_.Violations() + violations_;
    const int64_t key = world_.store.Devices()->front().key;
    const auto configuration = *world_.store.Configuration(key);
    const auto& state = device().configuration();
    if (configuration.effective != state.confirmed.id) text += "another one is told as effective; ";
    if (device().running().id != state.confirmed.id) text += "it runs what is not confirmed; ";
    if (state.confirmed.text != "good last") {
      text += Cat("the last is not taken: ", state.last.reason, "; ");
    }
    const auto offers = *world_.store.Offers(key, 1000);
    for (const OfferRow& row : offers) ++states[row.state];
    return text;
  }

  std::map<OfferState, int> states;
  std::map<std::string, int> reasons;

 private:
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
      if (!device().up()) continue;
      if (device().has_crashed()) {
        device().Kill();
        world_.StartMachine(device());
      }
      Watch();
    }
  }

  void Watch() {
    const auto& state = device().configuration();
    ++reasons[state.last.reason.substr(0, 12)];
    const std::string kind = SimConfigurable::KindOf(state.confirmed);
    if (kind == "dead" || kind == "broken" || kind == "harmful" || kind == "slow") {
      violations_ += Cat(state.confirmed.text, " is confirmed; ");
    }
    if (!state.trial) {
      if (device().running().id != state.confirmed.id) violations_ += "what failed still runs; ";
      trial_since_.reset();
      return;
    }
    if (!trial_since_ || trial_offer_ != state.trial->revision.offer) {
      trial_since_ = world_.scheduler.now();
    }
    trial_offer_ = state.trial->revision.offer;
    if (world_.scheduler.now() - *trial_since_ > kTrialMax) violations_ += "a trial without end; ";
  }

  void Befall(uint64_t what) {
    trial_since_.reset();
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
        return restores_ ? BackUpAndRestore() : EditFiles();
      default:
        world_.StopMachine(device());
        return world_.StartMachine(device());
    }
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
  const bool restores_;
  std::string violations_;
  std::optional<absl::Duration> trial_since_;
  agent::OfferId trial_offer_;
};

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
