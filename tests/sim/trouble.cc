#include "tests/sim/trouble.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "tests/sim/fault_table.h"

namespace godwit::sim {
namespace {

constexpr int kMinutesOfTrouble = 60;
constexpr absl::Duration kDrainMax = absl::Hours(2);
// A fault's number: minute, machine, row of the table.
constexpr uint64_t kRowsMax = 100;
constexpr uint64_t kMachinesMax = 10;
constexpr uint64_t kNumbersOfMinute = kRowsMax * kMachinesMax;
// What is drawn and is no fault.
constexpr uint64_t kOptionsNumber = kNumbersOfMinute * 1000;
constexpr uint64_t kNetworkNumber = kOptionsNumber + 1;
constexpr uint64_t kRestartNumber = kOptionsNumber + 1000;

MachineOptions DrawOptions(FaultDraw draw) {
  constexpr ByteCount kSpools[] = {64 << 10, 96 << 10, 256 << 10, 8 << 20};
  constexpr ByteCount kSegments[] = {1 << 10, 2 << 10, 6 << 10, 80 << 10};
  constexpr ByteCount kRings[] = {1 << 10, 4 << 10, 64 << 10};
  constexpr int kPeriods[] = {5, 10, 10, 30};
  return {
      .spool_bytes = draw.OneOf(kSpools),
      .segment_bytes = draw.OneOf(kSegments),
      .ring_bytes = draw.OneOf(kRings),
      .when_full = draw.Chance(250) ? agent::WhenFull::kDropNewest : agent::WhenFull::kDropOldest,
      .batch_period = absl::Seconds(draw.OneOf(kPeriods)),
      .unreadable_permille = draw.Chance(200) ? 20u : 0u};
}

class Trouble {
 public:
  Trouble(World& world, uint64_t seed, const LifeOptions& options)
      : world_(world), seed_(seed), options_(options), begin_(world.scheduler.now()) {
    FaultDraw draw(seed, kNetworkNumber);
    world_.network.set_delay_max(absl::Milliseconds(50 + static_cast<int64_t>(draw.Draw() % 3000)));
    world_.network.set_loses_calls(draw.Draw() % 300);
    world_.network.set_repeats_calls(draw.Draw() % 300);
  }

  // A minute, with each of its faults at a moment of its own.
  void PassMinute(uint64_t minute) {
    const absl::Duration begin = world_.scheduler.now();
    GoOn(minute);
    std::vector<Planned> plan = Plan(minute);
    for (Planned& planned : plan) {
      PassTo(begin + planned.at);
      Strike(planned);
    }
    PassTo(begin + absl::Minutes(1));
  }

  std::vector<StruckFault> struck;

 private:
  struct Planned {
    uint64_t number = 0;
    const FaultKind* kind = nullptr;
    size_t machine = 0;
    absl::Duration at;  // since the minute's beginning
    FaultDraw draw;
  };

  std::vector<Planned> Plan(uint64_t minute) {
    std::vector<Planned> plan;
    const auto& table = FaultTable();
    for (uint64_t row = 0; row < table.size(); ++row) {
      const FaultKind& kind = table[row];
      if (kind.known_defect && !options_.known_defects) continue;
      const size_t machines = kind.befalls == Befalls::kWorld ? 1 : world_.machines.size();
      for (size_t machine = 0; machine < machines; ++machine) {
        const uint64_t number = minute * kNumbersOfMinute + machine * kRowsMax + row;
        FaultDraw draw(seed_, number);
        if (!draw.Chance(kind.permille)) continue;
        const absl::Duration at = draw.Between(absl::ZeroDuration(), absl::Seconds(59));
        plan.push_back({number, &kind, machine, at, draw});
      }
    }
    std::sort(plan.begin(), plan.end(),
              [](const Planned& a, const Planned& b) { return a.at < b.at; });
    return plan;
  }

  void Strike(Planned& planned) {
    if (options_.left_out.contains(planned.number)) return;
    const FaultContext context{world_, *world_.machines[planned.machine], planned.draw, afflicted_};
    if (!planned.kind->possible(context)) return;
    ++world_.faults[planned.kind->name];
    const absl::Duration at = world_.scheduler.now() - begin_;
    LogDebug(
        Cat("[", absl::FormatDuration(at), "] fault ", planned.number, ": ", planned.kind->name));
    struck.push_back({planned.number, at, planned.kind->name});
    if (options_.on_fault) options_.on_fault(struck.back());
    planned.kind->strike(context);
    for (const auto& machine : world_.machines) machine->NoteClock();
  }

  // What has had its time is over; what is down comes back.
  void GoOn(uint64_t minute) {
    std::erase_if(afflicted_.sick_until, [&](const auto& entry) {
      if (entry.second > world_.scheduler.now()) return false;
      for (const auto& machine : world_.machines) {
        if (machine.get() == entry.first) HealDisk(*machine);
      }
      return true;
    });
    const size_t machines = world_.machines.size();
    for (size_t i = 0; i < machines; ++i) world_.StartMachine(*world_.machines[i]);
    if (world_.network.misreads() &&
        world_.scheduler.now() >= afflicted_.collector_misreads_until) {
      world_.ReplaceCollector(/*misreads=*/false);
    }
    const bool away = world_.scheduler.now() < afflicted_.collector_away_until;
    if (world_.collector_up() || away) return;
    if (FaultDraw(seed_, kRestartNumber + minute).Chance(500)) world_.StartCollector();
  }

  void PassTo(absl::Duration moment) {
    if (moment > world_.scheduler.now()) world_.RunFor(moment - world_.scheduler.now());
  }

  World& world_;
  const uint64_t seed_;
  const LifeOptions& options_;
  const absl::Duration begin_;
  Afflictions afflicted_;
};

// What the world and its parts have seen, by name.
void NoteStates(World& world, SeedResult& result) {
  const auto note = [&](const std::string& name, uint64_t times) {
    if (times > 0) result.states[name] += times;
  };
  for (const auto& machine : world.machines) {
    const SimMachine::Seen& seen = machine->seen();
    note("record kept in memory", seen.in_memory);
    note("record written back from memory", seen.written_back);
    note("record refused for lack of room", seen.lost);
    note("run ended cleanly", seen.clean_stops);
    note("batch that no collector reads", seen.unreadable);
    note("batch of several layouts", seen.several_layouts);
  }
  note("reading while a new layout waits", world.ledger.layouts_waited());
  note("call lost", world.network.lost_calls());
  note("call repeated", world.network.repeated_calls());
  note("message late, behind a cut", world.network.late_messages());
  note("record misread by a collector", world.network.misread_records());
  for (const auto& [lie, times] : world.network.lies().counts()) note(Cat("lie: ", lie), times);
  for (const auto& [name, reason] : world.store.Gaps()) note(Cat("gap: ", reason), 1);
  const auto devices = world.store.Devices();
  if (devices->empty()) return;
  note("duplicate acknowledged", devices->front().duplicates);
  for (const auto& alert : devices->front().alerts) note(Cat("alert: ", alert.kind), alert.count);
  note("run cut off, and reported", devices->front().unclean_runs);
  note("gap healed by a late record", world.store.healed());
  note("time corrected afterwards", world.store.TimesPutRight());
  if (world.machines.size() > 1) note("two machines with one identity", 1);
}

uint64_t seed_in_life = 0;

// Only what a signal handler may call.
void NameTheSeed(int signal) {
  char text[] = "sim: aborted in seed                     \n";
  char* at = text + std::strlen(text) - 2;
  for (uint64_t rest = seed_in_life; rest > 0 && *at == ' '; rest /= 10) {
    *at-- = static_cast<char>('0' + rest % 10);
  }
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, text, std::strlen(text));
  std::signal(signal, SIG_DFL);
}

}  // namespace

std::vector<std::string> FaultKinds() {
  std::vector<std::string> names;
  for (const FaultKind& kind : FaultTable()) {
    if (!kind.known_defect) names.emplace_back(kind.name);
  }
  return names;
}

SeedResult RunSeed(uint64_t seed, const LifeOptions& options) {
  seed_in_life = seed;
  const auto handler_before = std::signal(SIGABRT, NameTheSeed);
  SeedResult result;
  World world(seed, DrawOptions(FaultDraw(seed, kOptionsNumber)));
  const absl::Duration begin = world.scheduler.now();
  world.StartCollector();
  world.StartMachine(world.device());
  Trouble trouble(world, seed, options);
  for (uint64_t minute = 0; minute < kMinutesOfTrouble; ++minute) trouble.PassMinute(minute);
  Heal(world);
  if (!world.RunUntilDrained(kDrainMax)) result.violations = "the backlog does not drain; ";
  result.violations += world.Violations();
  result.struck = std::move(trouble.struck);
  result.simulated = world.scheduler.now() - begin;
  result.device_time = result.simulated * static_cast<int64_t>(world.machines.size());
  result.history = world.scheduler.history();
  result.faults = world.faults;
  result.states = world.states;
  NoteStates(world, result);
  std::signal(SIGABRT, handler_before);
  return result;
}

}  // namespace godwit::sim
