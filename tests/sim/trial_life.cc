#include "tests/sim/trial_life.h"

#include <iterator>
#include <utility>

#include "base/text.h"
#include "tests/sim/world.h"

namespace godwit::sim {
namespace {

using collector::OfferRow;
using collector::OfferState;

constexpr int kSteps = 30;
constexpr absl::Duration kCheckInterval = absl::Seconds(2);
// Sampling, confirming, and what the simulation's delays add.
const absl::Duration kTrialMax = SimMachine::kConfirm + absl::Seconds(40);
const char* const kKinds[] = {"good", "good", "moved", "moved", "broken", "harmful",
                              "slow", "dead", "crash", "later", ""};

class TrialLife {
 public:
  explicit TrialLife(uint64_t seed)
      : world_(seed, {.configured = true, .counts_only = true}),
        rarely_(static_cast<Rarely>(seed % 5)) {}

  void Run() {
    world_.StartCollector();
    world_.StartMachine(device());
    Pass(absl::Minutes(1));
    for (int step = 0; step < kSteps; ++step) {
      if (world_.scheduler.Chance(600)) Push(step);
      Pass(world_.scheduler.DrawUpTo(absl::Minutes(2)));
      Befall(world_.scheduler.Draw() % 13);
    }
    device().disk.set_sync_fails(false);
    device().MendFiles();
    if (!world_.collector_up()) world_.StartCollector();
    for (const auto& machine : world_.machines) world_.StartMachine(*machine);
    Pass(absl::Hours(1));
    // One more, to a collector and a device that have been through all that.
    Push("good last");
    Pass(absl::Minutes(10));
  }

  TrialLifeResult Result() {
    result_.violations = Violations();
    for (const auto& machine : world_.machines) {
      result_.states["live view"] += static_cast<int>(machine->seen().live_views);
    }
    return result_;
  }

 private:
  std::string Violations() {
    std::string text = world_.Violations() + violations_;
    const int64_t key = world_.store.Devices()->front().key;
    const auto configuration = *world_.store.Configuration(key);
    for (const auto& machine : world_.machines) {
      const auto& state = machine->configuration();
      if (configuration.effective != state.confirmed.id) {
        text += "another one is reported as effective; ";
      }
      if (machine->running().id != state.confirmed.id) text += "it runs what is not confirmed; ";
      if (state.confirmed.text != "good last") {
        text += Cat("the last is not taken: ", state.last.reason, "; ");
      }
    }
    const auto offers = *world_.store.Offers(key, 1000);
    for (const OfferRow& row : offers) ++result_.offers[row.state];
    return text;
  }

  // What befalls some lives only.
  enum class Rarely {
    kCollectorRestored,
    kFilesEdited,
    kCardCopied,
    kImageRestored,
    kEndpointGone,
  };

  SimMachine& device() { return world_.device(); }

  void Push(int step) {
    const std::string kind = kKinds[world_.scheduler.Draw() % std::size(kKinds)];
    Push(kind.empty() ? "" : Cat(kind, " ", step));
  }
  void Push(const std::string& text) { world_.PushRevision(text); }

  // Time passes; an agent that crashes is started again, and everything is watched.
  void Pass(absl::Duration span) {
    for (absl::Duration left = span; left > absl::ZeroDuration(); left -= kCheckInterval) {
      world_.RunFor(std::min(left, kCheckInterval));
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
    ++result_.reasons[state.last.reason.substr(0, 9)];
    const std::string kind = KindOf(state.confirmed);
    const bool endpoint_gone = kind == "moved" && !world_.network.Reaches(kMovedEndpoint);
    if (endpoint_gone && machine.device().connection().HasSession()) {
      ++result_.states["reached by a fallback connection"];
    }
    if (kind == "dead" || kind == "broken" || kind == "harmful" || kind == "slow") {
      violations_ += Cat(state.confirmed.text, " is confirmed; ");
    }
    if (!state.trial) {
      if (machine.running().id != state.confirmed.id) violations_ += "what failed still runs; ";
      WatchFiles(machine);
      trials_.erase(&machine);
      return;
    }
    const Trial now{state.trial->revision.offer, world_.scheduler.now()};
    Trial& known = trials_.try_emplace(&machine, now).first->second;
    if (known.offer != now.offer) known = now;
    if (now.since - known.since > kTrialMax) violations_ += "a trial without end; ";
  }

  // A confirmed configuration lies on top of the files that it was proved with.
  void WatchFiles(SimMachine& machine) {
    const auto& state = machine.configuration();
    const std::string& in_force = machine.device().settings().files_hash;
    if (!state.confirmed.id.empty() && in_force != state.files_hash) {
      violations_ += "a configuration lies on files that it was not proved with; ";
    }
    std::string& before = files_[&machine];
    if (!before.empty() && before != in_force) ++result_.states["other files in force"];
    before = in_force;
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
      case 10:
        if (rarely_ == Rarely::kEndpointGone) return;  // or they would bring the device home
        device().EditFiles();
        if (world_.scheduler.Chance(700)) device().ReloadFiles();
        return;
      case 11:
        device().BreakFiles();
        if (world_.scheduler.Chance(500)) device().ReloadFiles();
        return;
      case 12:
        return device().BeginLive("pattern/count", absl::Milliseconds(500),
                                  world_.scheduler.DrawUpTo(absl::Minutes(2)));
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
      case Rarely::kEndpointGone:
        return MoveAndLoseTheEndpoint();
    }
  }

  void MoveAndLoseTheEndpoint() {
    Push("moved for good");
    Pass(absl::Minutes(3));
    world_.network.Disconnect(kMovedEndpoint);
    world_.network.Cut();
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
  std::map<const SimMachine*, std::string> files_;  // hashes of those in force
  TrialLifeResult result_;
};

}  // namespace

TrialLifeResult RunTrialLife(uint64_t seed) {
  TrialLife life(seed);
  life.Run();
  return life.Result();
}

}  // namespace godwit::sim
