#include "tests/sim/line_faults.h"

#include "base/bytes.h"
#include "base/checksum.h"
#include "tests/sim/line_world.h"

namespace godwit::sim {
namespace {

constexpr int kMinutesOfTrouble = 30;
constexpr absl::Duration kDrainMax = absl::Hours(1);

class Trouble {
 public:
  Trouble(LineWorld& world, std::map<std::string, uint64_t>& faults)
      : world_(world), faults_(faults) {}

  // A minute's worth.
  void Strike() {
    if (Chance(30)) Count("link cut", [&] { world_.network.Cut(); });
    if (Chance(20)) ToggleCollector();
    if (Chance(10)) RestartAgent();
    if (Chance(8)) ToggleDisk();
    if (Chance(6)) MoveClock();
  }

  // Nothing fails any more.
  void End() {
    world_.disk.set_sync_fails(false);
    world_.disk.set_space(ByteCount{1} << 40);
    if (!world_.collector_up()) world_.StartCollector();
  }

 private:
  bool Chance(uint64_t percent) { return world_.scheduler.Draw() % 100 < percent; }

  template <typename Fault>
  void Count(const char* name, Fault fault) {
    ++faults_[name];
    fault();
  }

  void ToggleCollector() {
    if (!world_.collector_up()) return world_.StartCollector();
    Count("collector kill", [&] { world_.KillCollector(); });
  }

  void RestartAgent() {
    if (Chance(50)) {
      Count("agent kill", [&] { world_.KillAgent(); });
    } else {
      Count("power cut", [&] { world_.PowerCutAgent(); });
    }
    world_.StartAgent();
  }

  // The disk is well, fails to sync, or is full; each lasts until the next change.
  void ToggleDisk() {
    disk_fails_ = !disk_fails_;
    if (!disk_fails_) {
      world_.disk.set_sync_fails(false);
      world_.disk.set_space(ByteCount{1} << 40);
    } else if (Chance(50)) {
      Count("failing sync", [&] { world_.disk.set_sync_fails(true); });
    } else {
      // A little room: some of a write arrives, the rest does not.
      Count("full disk", [&] {
        world_.disk.set_space(world_.disk.UsedBytes() + world_.scheduler.Draw() % 500);
      });
    }
  }

  void MoveClock() {
    if (Chance(50)) {
      const auto seconds = static_cast<double>(world_.scheduler.Draw() % 7200) - 3600;
      Count("clock step", [&] { world_.clock.Step(absl::Seconds(seconds)); });
    } else {
      Count("clock (un)synchronised",
            [&] { world_.clock.SetSynchronised(!world_.clock.WallSynchronised()); });
    }
  }

  LineWorld& world_;
  std::map<std::string, uint64_t>& faults_;
  bool disk_fails_ = false;
};

uint64_t HistoryOf(LineWorld& world) {
  std::string bytes;
  for (const auto& [order, counts] : world.Stored()) {
    Put(bytes, order);
    for (const int64_t count : counts) Put(bytes, count);
  }
  Put(bytes, absl::ToInt64Nanoseconds(world.scheduler.now()));
  Put(bytes, world.scheduler.Draw());
  return Checksum(bytes);
}

}  // namespace

SeedResult RunSeed(uint64_t seed) {
  SeedResult result;
  LineWorld world(seed);
  const absl::Duration begin = world.scheduler.now();
  world.StartCollector();
  world.StartAgent();
  Trouble trouble(world, result.faults);
  for (int minute = 0; minute < kMinutesOfTrouble; ++minute) {
    trouble.Strike();
    world.scheduler.RunFor(absl::Seconds(60));
  }
  trouble.End();
  if (!world.RunUntilDrained(kDrainMax)) result.violation = "the backlog does not drain; ";
  result.violation += world.Violation();
  result.simulated = world.scheduler.now() - begin;
  result.history = HistoryOf(world);
  return result;
}

}  // namespace godwit::sim
