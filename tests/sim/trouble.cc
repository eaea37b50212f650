#include "tests/sim/trouble.h"

#include <functional>
#include <iterator>
#include <vector>

#include "base/log.h"
#include "base/text.h"
#include "tests/sim/world.h"

namespace godwit::sim {
namespace {

constexpr int kMinutesOfTrouble = 60;
constexpr absl::Duration kDrainMax = absl::Hours(2);

MachineOptions DrawOptions(SimScheduler& scheduler) {
  const auto one_of = [&](const auto& choices) {
    return choices[scheduler.Draw() % std::size(choices)];
  };
  constexpr ByteCount kSpools[] = {64 << 10, 96 << 10, 256 << 10, 8 << 20};
  constexpr ByteCount kSegments[] = {1 << 10, 2 << 10, 6 << 10, 80 << 10};
  constexpr ByteCount kRings[] = {1 << 10, 4 << 10, 64 << 10};
  constexpr int kPeriods[] = {5, 10, 10, 30};
  return {.spool_bytes = one_of(kSpools),
          .segment_bytes = one_of(kSegments),
          .ring_bytes = one_of(kRings),
          .when_full =
              scheduler.Chance(250) ? agent::WhenFull::kDropNewest : agent::WhenFull::kDropOldest,
          .batch_period = absl::Seconds(one_of(kPeriods)),
          .unreadable_permille = scheduler.Chance(200) ? 20u : 0u};
}

class Trouble {
 public:
  explicit Trouble(World& world) : world_(world) {
    world_.network.set_delay_max(
        absl::Milliseconds(50 + static_cast<int64_t>(scheduler().Draw() % 3000)));
    world_.network.set_loses_calls(scheduler().Draw() % 300);
    world_.network.set_repeats_calls(scheduler().Draw() % 300);
  }

  // A minute's worth.
  void Strike() {
    for (const auto& machine : world_.machines) {
      if (!machine->up()) world_.StartMachine(*machine);
    }
    StrikeNetwork();
    StrikeCollector();
    // By number: a copied card adds a machine meanwhile.
    const size_t machines = world_.machines.size();
    for (size_t i = 0; i < machines; ++i) StrikeMachine(*world_.machines[i]);
    if (world_.machines.size() == 1 && Chance(7)) {
      Count("card copied", [&] { world_.CopyCard(world_.device()); });
    }
  }

  // Nothing fails any more.
  void End() {
    world_.network.set_loses_calls(0);
    for (const auto& machine : world_.machines) {
      HealDisk(*machine);
      machine->clock.SetRight();
      if (!machine->up()) world_.StartMachine(*machine);
    }
    if (!world_.collector_up()) world_.StartCollector();
  }

 private:
  SimScheduler& scheduler() { return world_.scheduler; }
  bool Chance(uint64_t permille) { return scheduler().Chance(permille); }
  absl::Duration Between(absl::Duration low, absl::Duration high) {
    return low + scheduler().DrawUpTo(high - low);
  }

  template <typename Fault>
  void Count(const char* name, Fault fault) {
    ++world_.faults[name];
    LogDebug(Cat("[", absl::FormatDuration(scheduler().now() - absl::Hours(1)), "] fault: ", name));
    fault();
  }

  void StrikeNetwork() {
    if (Chance(250)) Count("link cut", [&] { world_.network.Cut(); });
    if (Chance(50)) {
      Count("half-open link",
            [&] { world_.network.BlackHoleFor(Between(absl::Seconds(5), absl::Minutes(3))); });
    }
  }

  void StrikeCollector() {
    if (!world_.collector_up()) {
      if (scheduler().now() < collector_away_until_ || !Chance(500)) return;
      if (world_.has_backup() && Chance(150)) {
        Count("collector restored from a backup", [&] { world_.RestoreBackup(); });
      }
      return world_.StartCollector();
    }
    if (Chance(100)) Count("collector kill", [&] { world_.KillCollector(); });
    if (world_.collector_up() && Chance(7)) {
      Count("collector away for long", [&] {
        world_.KillCollector();
        collector_away_until_ = scheduler().now() + Between(absl::Minutes(20), absl::Minutes(50));
      });
    }
    if (Chance(30)) {
      Count("slow collector",
            [&] { world_.SlowCollectorFor(Between(absl::Seconds(1), absl::Minutes(3))); });
    }
    if (Chance(20)) Count("collector backed up", [&] { world_.TakeBackup(); });
  }

  void StrikeMachine(SimMachine& machine) {
    StrikeDisk(machine);
    StrikeClock(machine);
    if (Chance(20)) {
      Count("suspend", [&] { machine.SuspendFor(Between(absl::Seconds(5), absl::Minutes(20))); });
    }
    if (Chance(30)) {
      Count("slow disk", [&] { machine.SlowDiskFor(Between(absl::Seconds(1), absl::Minutes(4))); });
    }
    if (Chance(15)) {
      Count("disk image taken", [&] { machine.TakeImage(); });
    }
    if (Chance(60)) Count("agent kill", [&] { Restart(machine, [&] { machine.Kill(); }); });
    if (Chance(40)) {
      Count("power cut", [&] {
        Restart(machine, [&] { machine.PowerCut(); });
        if (Chance(250)) Count("clock in 1970", [&] { machine.clock.StartIn1970(); });
      });
    }
    if (Chance(40)) Count("power cut in a write", [&] { machine.PowerCutSoon(); });
    if (Chance(40)) Count("clean stop", [&] { Stop(machine); });
    if (machine.has_image() && Chance(30)) {
      Count("image restored", [&] {
        Restart(machine, [&] {
          machine.PowerCut();
          machine.RestoreImage();
        });
      });
    }
  }

  void Restart(SimMachine& machine, const std::function<void()>& end) {
    end();
    if (Chance(800)) world_.StartMachine(machine);  // else within a minute
  }

  void Stop(SimMachine& machine) {
    if (!machine.up()) return;
    world_.StopMachine(machine);
    for (const auto& other : world_.machines) world_.StartMachine(*other);
  }

  // One trouble a disk at a time; each lasts until it heals.
  void StrikeDisk(SimMachine& machine) {
    if (Chance(20)) {
      Count("flipped byte", [&] {
        const std::string path = machine.disk.FlipByte();
        const auto name = agent::ParseSegmentFileName(path.substr(path.rfind('/') + 1));
        const auto aside = agent::ParseAsideFileName(path.substr(path.rfind('/') + 1));
        if (name) world_.ledger.RunDamaged(name->run);
        if (aside) world_.ledger.RunDamaged(aside->first.run);
      });
    }
    if (sick_.contains(&machine)) {
      if (Chance(250)) HealDisk(machine);
      return;
    }
    if (!Chance(100)) return;
    sick_.insert(&machine);
    switch (scheduler().Draw() % 5) {
      case 0:
        return Count("failing sync",
                     [&] { machine.disk.set_sync_fails(true, Chance(500) ? 1000 : 300); });
      case 1:
        return Count("failing write", [&] { machine.disk.set_write_fails(true); });
      case 2:
        return Count("failing read", [&] { machine.disk.set_read_fails(true); });
      case 3:
        return Count("read-only disk", [&] { machine.disk.set_read_only(true); });
      default:
        // A little room: some of a write arrives, the rest does not.
        return Count("full disk", [&] {
          machine.disk.set_space(machine.disk.UsedBytes() + scheduler().Draw() % 3000);
        });
    }
  }

  void HealDisk(SimMachine& machine) {
    sick_.erase(&machine);
    machine.disk.set_sync_fails(false);
    machine.disk.set_write_fails(false);
    machine.disk.set_read_fails(false);
    machine.disk.set_read_only(false);
    machine.disk.set_space(ByteCount{1} << 40);
  }

  void StrikeClock(SimMachine& machine) {
    if (Chance(30)) {
      Count("clock step", [&] { machine.clock.Step(Between(-absl::Hours(1), absl::Hours(1))); });
    }
    if (Chance(20)) {
      Count("clock drift",
            [&] { machine.clock.SetDrift(static_cast<int64_t>(scheduler().Draw() % 400) - 200); });
    }
    if (Chance(30)) {
      Count("clock (un)synchronised",
            [&] { machine.clock.SetSynchronised(!machine.clock.WallSynchronised()); });
    }
  }

  World& world_;
  std::set<const SimMachine*> sick_;
  absl::Duration collector_away_until_ = absl::ZeroDuration();
};

// What the world and its parts have seen, by name.
void NoteStates(World& world, SeedResult& result) {
  const auto note = [&](const char* name, uint64_t times) {
    if (times > 0) result.states[name] += times;
  };
  for (const auto& machine : world.machines) {
    const SimMachine::Seen& seen = machine->seen();
    note("record kept in memory", seen.in_memory);
    note("record written back from memory", seen.written_back);
    note("record refused for lack of room", seen.lost);
    note("run ended cleanly", seen.clean_stops);
    note("batch that no collector reads", seen.unreadable);
  }
  note("call lost", world.network.lost_calls());
  note("call repeated", world.network.repeated_calls());
  note("message late, behind a cut", world.network.late_messages());
  for (const auto& [name, reason] : world.store.Gaps()) note(Cat("gap: ", reason).c_str(), 1);
  const auto devices = world.store.Devices();
  if (devices->empty()) return;
  note("duplicate acknowledged", devices->front().duplicates);
  for (const auto& alert : devices->front().alerts) {
    note(Cat("alert: ", alert.kind).c_str(), alert.count);
  }
  note("run cut off, and told", devices->front().unclean_runs);
  note("gap healed by a late record", world.store.healed());
  if (world.machines.size() > 1) note("two machines with one identity", 1);
}

}  // namespace

SeedResult RunSeed(uint64_t seed) {
  SeedResult result;
  SimScheduler options_from(seed);
  World world(seed, DrawOptions(options_from));
  const absl::Duration begin = world.scheduler.now();
  world.StartCollector();
  world.StartMachine(world.device());
  Trouble trouble(world);
  for (int minute = 0; minute < kMinutesOfTrouble; ++minute) {
    trouble.Strike();
    world.RunFor(absl::Seconds(60));
  }
  trouble.End();
  if (!world.RunUntilDrained(kDrainMax)) result.violations = "the backlog does not drain; ";
  result.violations += world.Violations();
  result.simulated = world.scheduler.now() - begin;
  result.history = world.scheduler.history();
  result.faults = world.faults;
  result.states = world.states;
  NoteStates(world, result);
  return result;
}

}  // namespace godwit::sim
