#include "tests/sim/fault_table.h"

#include "tests/sim/sim_network.h"

namespace godwit::sim {
namespace {

using absl::Hours;
using absl::Milliseconds;
using absl::Minutes;
using absl::Seconds;
using Context = const FaultContext&;

bool Always(Context) {
  return true;
}
bool CollectorUp(Context in) {
  return in.world.collector_up();
}
bool MachineUp(Context in) {
  return in.machine.up();
}
bool HasImage(Context in) {
  return in.machine.has_image();
}
bool OneMachine(Context in) {
  return in.world.machines.size() == 1;
}
bool DiskWell(Context in) {
  return !in.afflictions.sick_until.contains(&in.machine);
}

void StartAll(World& world) {
  // By number: starting one may cut another.
  for (size_t i = 0; i < world.machines.size(); ++i) world.StartMachine(*world.machines[i]);
}

// At once, or with the next minute.
void PerhapsStart(Context in) {
  if (in.draw.Chance(500)) in.world.StartMachine(in.machine);
}

void SickenDisk(Context in) {
  in.afflictions.sick_until[&in.machine] =
      in.world.scheduler.now() + in.draw.Between(Minutes(1), Minutes(8));
}

// Network and collector
// ----------------------------------------------------------------------------

void CutLink(Context in) {
  in.world.network.Cut();
}
void HalfOpenLink(Context in) {
  in.world.network.BlackHoleFor(in.draw.Between(Seconds(5), Minutes(3)));
}
void SlowLink(Context in) {
  in.world.network.SlowDown(static_cast<ByteCount>(200 + in.draw.Draw() % 2000),
                            in.draw.Between(Minutes(1), Minutes(5)));
}
void KillCollector(Context in) {
  in.world.KillCollector();
}
void CollectorAway(Context in) {
  in.world.KillCollector();
  in.afflictions.collector_away_until =
      in.world.scheduler.now() + in.draw.Between(Minutes(20), Minutes(50));
}
void SlowCollector(Context in) {
  in.world.SlowCollectorFor(in.draw.Between(Seconds(1), Minutes(3)));
}
void BackUpCollector(Context in) {
  in.world.TakeBackup();
}
bool MayBeRestored(Context in) {
  return !in.world.collector_up() && in.world.has_backup();
}
void RestoreCollector(Context in) {
  in.world.RestoreBackup();
}
void CollectorLies(Context in) {
  in.world.network.lies().For(in.draw.Between(Seconds(20), Minutes(4)));
}
void CollectorLiesBoldly(Context in) {
  in.world.network.lies().For(in.draw.Between(Seconds(20), Minutes(4)), /*boldly=*/true);
}
void CollectorMisreads(Context in) {
  in.world.ReplaceCollector(/*misreads=*/true);
  in.afflictions.collector_misreads_until =
      in.world.scheduler.now() + in.draw.Between(Minutes(1), Minutes(15));
}

// Disks
// ----------------------------------------------------------------------------------------------

void FlipByte(Context in) {
  in.machine.FlipByte();
}
void FailSync(Context in) {
  SickenDisk(in);
  in.machine.disk.set_sync_fails(true, in.draw.Chance(500) ? 1000 : 300);
}
void FailWrite(Context in) {
  SickenDisk(in);
  in.machine.disk.set_write_fails(true);
}
void FailRead(Context in) {
  SickenDisk(in);
  in.machine.disk.set_read_fails(true);
}
void ReadOnlyDisk(Context in) {
  SickenDisk(in);
  in.machine.disk.set_read_only(true);
}
// A little room: some of a write arrives, the rest does not.
void FullDisk(Context in) {
  SickenDisk(in);
  in.machine.disk.set_space(in.machine.disk.UsedBytes() + in.draw.Draw() % 3000);
}
void NoDescriptors(Context in) {
  SickenDisk(in);
  in.machine.disk.set_no_descriptors(true);
}
void FailListing(Context in) {
  SickenDisk(in);
  in.machine.disk.set_list_fails(true);
}
void OmitFromListing(Context in) {
  SickenDisk(in);
  in.machine.disk.set_list_omits(true);
}
void MoveFileAway(Context in) {
  const auto paths = in.machine.disk.Paths("/spool/");
  if (paths.empty()) return;
  in.machine.disk.MoveAway(in.draw.OneOf(paths));
  SickenDisk(in);
}
void SlowDisk(Context in) {
  in.machine.SlowDiskFor(in.draw.Between(Seconds(1), Minutes(4)));
}
void HangSync(Context in) {
  in.machine.HangNextSyncFor(in.draw.Between(Seconds(5), Minutes(4)));
}

// Machines
// -------------------------------------------------------------------------------------------

void Suspend(Context in) {
  in.machine.SuspendFor(in.draw.Between(Seconds(5), Minutes(20)));
}
void TakeImage(Context in) {
  in.machine.TakeImage();
}
void KillAgent(Context in) {
  in.machine.Kill();
  PerhapsStart(in);
}
void PowerCut(Context in) {
  in.machine.PowerCut();
  PerhapsStart(in);
}
void PowerCutInWrite(Context in) {
  in.machine.PowerCutSoon();
}
void CleanStop(Context in) {
  in.world.StopMachine(in.machine);
  StartAll(in.world);
}
void RestoreImage(Context in) {
  in.machine.PowerCut();
  in.machine.RestoreImage();
  PerhapsStart(in);
}
void CopyCard(Context in) {
  in.world.CopyCard(in.world.device());
}
// The device's own settings file, and SIGHUP behind it.
void ReloadSettings(Context in) {
  in.machine.EditFiles();
  in.machine.ReloadFiles();
}
// An operator looks at a sensor's values as they come.
void BeginLive(Context in) {
  const char* const sensor = in.draw.Chance(500) ? "pattern/count" : "pattern/mixed";
  in.machine.BeginLive(sensor, absl::Milliseconds(500),
                       in.draw.Between(absl::Seconds(5), absl::Minutes(5)));
}
void ChangeInterfaces(Context in) {
  const auto changes = 1 + in.draw.Draw() % 6;
  for (uint64_t i = 0; i < changes; ++i) {
    in.world.scheduler.After(in.draw.Between(absl::ZeroDuration(), Seconds(50)),
                             [&machine = in.machine, &scheduler = in.world.scheduler] {
                               machine.interfaces.Change(scheduler);
                             });
  }
}

// Containers come and go, each with a network interface of its own.
void RenameInterfaces(Context in) {
  const auto renames = 10 + in.draw.Draw() % 50;
  for (uint64_t i = 0; i < renames; ++i) {
    in.world.scheduler.After(in.draw.Between(absl::ZeroDuration(), Minutes(5)),
                             [&machine = in.machine] { machine.interfaces.Rename(); });
  }
}

// Clocks
// ---------------------------------------------------------------------------------------------

void StepClock(Context in) {
  in.machine.clock.Step(in.draw.Between(-Hours(1), Hours(1)));
}
void DriftClock(Context in) {
  in.machine.clock.SetDrift(static_cast<int64_t>(in.draw.Draw() % 400) - 200);
}
void ToggleSynchronised(Context in) {
  in.machine.clock.SetSynchronised(!in.machine.clock.WallSynchronised());
}
void ClockIn1970(Context in) {
  in.machine.PowerCut();
  in.machine.clock.StartIn1970();
  in.world.StartMachine(in.machine);
}
// No clock chip, and the time comes over the network, late.
void ClockKnownLate(Context in) {
  ClockIn1970(in);
  in.world.scheduler.After(in.draw.Between(Seconds(10), Minutes(40)),
                           [&machine = in.machine] { machine.clock.SetRight(); });
}

constexpr auto kWorld = Befalls::kWorld;
constexpr auto kMachine = Befalls::kMachine;

}  // namespace

const std::vector<FaultKind>& FaultTable() {
  static const std::vector<FaultKind> table = {
      {"link cut", kWorld, 250, false, Always, CutLink},
      {"half-open link", kWorld, 50, false, Always, HalfOpenLink},
      {"slow link", kWorld, 40, false, Always, SlowLink},
      {"collector kill", kWorld, 100, false, CollectorUp, KillCollector},
      {"collector away for long", kWorld, 7, false, CollectorUp, CollectorAway},
      {"slow collector", kWorld, 30, false, CollectorUp, SlowCollector},
      {"collector backed up", kWorld, 20, false, CollectorUp, BackUpCollector},
      {"collector restored from a backup", kWorld, 400, false, MayBeRestored, RestoreCollector},
      {"lying collector", kWorld, 20, false, Always, CollectorLies},
      {"card copied", kWorld, 7, false, OneMachine, CopyCard},
      {"flipped byte", kMachine, 20, false, Always, FlipByte},
      {"failing sync", kMachine, 20, false, DiskWell, FailSync},
      {"failing write", kMachine, 20, false, DiskWell, FailWrite},
      {"failing read", kMachine, 20, false, DiskWell, FailRead},
      {"read-only disk", kMachine, 20, false, DiskWell, ReadOnlyDisk},
      {"full disk", kMachine, 20, false, DiskWell, FullDisk},
      {"no descriptors", kMachine, 10, false, DiskWell, NoDescriptors},
      {"failing listing", kMachine, 10, false, DiskWell, FailListing},
      {"slow disk", kMachine, 30, false, MachineUp, SlowDisk},
      {"hanging sync", kMachine, 20, false, MachineUp, HangSync},
      {"suspend", kMachine, 20, false, MachineUp, Suspend},
      {"disk image taken", kMachine, 15, false, Always, TakeImage},
      {"agent kill", kMachine, 60, false, MachineUp, KillAgent},
      {"power cut", kMachine, 40, false, Always, PowerCut},
      {"power cut in a write", kMachine, 40, false, Always, PowerCutInWrite},
      {"clean stop", kMachine, 40, false, MachineUp, CleanStop},
      {"image restored", kMachine, 30, false, HasImage, RestoreImage},
      {"interfaces change", kMachine, 60, false, Always, ChangeInterfaces},
      {"clock step", kMachine, 30, false, Always, StepClock},
      {"clock drift", kMachine, 20, false, Always, DriftClock},
      {"clock (un)synchronised", kMachine, 30, false, Always, ToggleSynchronised},
      {"clock in 1970", kMachine, 8, false, Always, ClockIn1970},
      {"clock known late", kMachine, 8, false, Always, ClockKnownLate},
      {"name left out of a listing", kMachine, 10, false, DiskWell, OmitFromListing},
      {"file moved away", kMachine, 10, false, DiskWell, MoveFileAway},
      {"boldly lying collector", kWorld, 10, false, Always, CollectorLiesBoldly},
      {"misreading collector", kWorld, 12, false, CollectorUp, CollectorMisreads},
      {"interfaces get new names", kMachine, 25, false, Always, RenameInterfaces},
      {"settings reloaded", kMachine, 20, false, MachineUp, ReloadSettings},
      {"live view", kMachine, 20, false, MachineUp, BeginLive},
  };
  return table;
}

void HealDisk(SimMachine& machine) {
  machine.disk.set_sync_fails(false);
  machine.disk.set_write_fails(false);
  machine.disk.set_read_fails(false);
  machine.disk.set_read_only(false);
  machine.disk.set_no_descriptors(false);
  machine.disk.set_list_fails(false);
  machine.disk.set_list_omits(false);
  machine.disk.set_space(ByteCount{1} << 40);
  machine.disk.PutBack();
}

void Heal(World& world) {
  world.network.set_loses_calls(0);
  world.network.lies().End();
  if (world.network.misreads()) world.ReplaceCollector(/*misreads=*/false);
  for (const auto& machine : world.machines) {
    HealDisk(*machine);
    machine->disk.HangNextSync(nullptr);
    // Copies of rejected records take room, for which good records may have to go at any moment.
    machine->set_unreadable(0);
    machine->SparePowerCut();
    machine->clock.SetRight();
  }
  StartAll(world);
  if (!world.collector_up()) world.StartCollector();
}

}  // namespace godwit::sim
