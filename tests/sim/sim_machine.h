// One simulated machine: a disk, a clock, and on it the agent's real device over simulated ports.
// It can be killed, cut from its power in the middle of a write, stopped, put to sleep, and
// have its disk copied or put back.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/control/configuration_state.h"
#include "agent/device/device.h"
#include "tests/sim/disk_view.h"
#include "tests/sim/disk_witness.h"
#include "tests/sim/ledger.h"
#include "tests/sim/sim_file_system.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_scheduler.h"
#include "tests/sim/sim_sensors.h"
#include "tests/sim/sim_settings.h"

namespace godwit::sim {

struct MachineOptions {
  ByteCount spool_bytes = ByteCount{64} << 20;
  ByteCount segment_bytes = 2048;  // a few records, so that much is trimmed
  ByteCount ring_bytes = 64 << 10;
  // Calls of the action behind each command, by the argument "number"; none: no commands.
  std::map<std::string, int>* acted = nullptr;
  // It takes configurations (sim_settings.h).
  bool configured = false;
  agent::WhenFull when_full = agent::WhenFull::kDropOldest;
  absl::Duration batch_period = absl::Seconds(10);
  // So many of a thousand batches are of a kind that no collector reads.
  uint64_t unreadable_permille = 0;
  // Only the sensor that counts: one group, a tick a second.
  bool counts_only = false;
};

// What machines share.
struct MachineDependencies {
  SimScheduler& scheduler;
  SimNetwork& network;
  Ledger& ledger;
  const MemoryStore& store;
};

class SimMachine {
 public:
  // Of the sensor that counts.
  static constexpr absl::Duration kTickInterval = absl::Seconds(1);
  static constexpr char kDeviceId[] = "device-1";
  // The time that a configuration may be on trial.
  static constexpr absl::Duration kConfirm = absl::Seconds(90);

  SimMachine(MachineOptions options, MachineDependencies dependencies);
  ~SimMachine();

  // Text when the agent refuses to start, which it never may.
  std::string Start();
  // The process dies; what the kernel holds survives.
  void Kill();
  // The machine dies; what was not synced may not survive.
  void PowerCut();
  // SIGTERM: hands on what is open, writes the end, waits a little for the collector.
  void Stop();
  // Its clock was changed: what it says of itself from here on may be wrong.
  void NoteClock();
  // It sleeps: nothing runs, and the boot clock continues.
  void SuspendFor(absl::Duration span);
  // Sets how long writes take.
  void SlowDiskFor(absl::Duration span);
  // Makes the next fdatasync take `span`, with what was written and is not on the disk yet;
  // everything but this machine's storage continues meanwhile.
  void HangNextSyncFor(absl::Duration span);
  // The machine dies in the middle of one of its next file operations.
  void PowerCutSoon();
  // Not any more.
  void SparePowerCut() { cut_in_ = 0; }
  // It is being cut: what is thrown must lead to PowerCut.
  bool was_cut() const { return was_cut_; }

  // Its disk as it is, and back in its place later.
  void TakeImage();
  bool has_image() const { return image_ != nullptr; }
  void RestoreImage();
  void CopyDiskFrom(const SimMachine& other);

  bool up() const { return agent_ != nullptr; }
  agent::Spool& spool();
  const std::set<RunId>& runs() const { return runs_; }
  // What its spool says that it has, sent or not.
  std::set<RecordName> Held();
  // What lies on its disk.
  DiskView& view() { return view_; }
  // A byte of what was synced changes under way.
  void FlipByte() { witness_.FlipByte(); }
  void set_unreadable(uint64_t permille) { unreadable_permille_ = permille; }
  agent::Uploader& uploader();
  // Of a machine that takes configurations.
  const agent::ConfigurationState& configuration() const;
  agent::Revision running() const;
  agent::Device& device();
  // What it runs kills it; its time has come. To be asked often.
  bool has_crashed();
  // The owner changes the device's own files; a reload or the next start sees it.
  void EditFiles() { settings_.Edit(); }
  // The owner makes a mistake in them, which is mended before the next start.
  void BreakFiles() { settings_.SetBroken(true); }
  void MendFiles() { settings_.SetBroken(false); }
  // SIGHUP.
  void ReloadFiles();
  // The command `live`.
  void BeginLive(const std::string& sensor, absl::Duration interval, absl::Duration span);
  // On its loop.
  void PostToAgent(const std::function<void(agent::Uploader&)>& task);

  SimFileSystem disk;
  SimClock clock;
  Interfaces interfaces;

  // What happened here, for the list of interesting states.
  struct Seen {
    uint64_t in_memory = 0;     // records the disk did not take at once
    uint64_t written_back = 0;  // and took later
    uint64_t lost = 0;
    uint64_t clean_stops = 0;
    uint64_t unreadable = 0;
    uint64_t several_layouts = 0;  // batches with two tables of one group
    uint64_t live_views = 0;
    ByteCount ring_peak = 0;
  };
  const Seen& seen() const { return seen_; }
  // Promises that the disk does not keep, and files that went with what nobody else had.
  std::string violations() const { return witness_.violations() + violations_; }

 private:
  struct Agent;
  void NoteRun(const agent::Spool& spool);
  void Append(agent::Spool& spool, agent::EncodedBatch batch);
  void NoteEnd();

  const MachineOptions options_;
  MachineDependencies deps_;
  DiskView view_;
  DiskWitness witness_;
  SimRandom random_;
  BootId boot_id_ = BootId(kBootIdSize, 'a');
  SimSettings settings_;
  std::unique_ptr<Agent> agent_;
  std::set<RunId> runs_;
  uint64_t unreadable_permille_ = 0;
  int cut_in_ = 0;  // operations; 0: never
  bool cut_after_ = false;
  bool was_cut_ = false;
  agent::Revision ran_;  // when has_crashed was last asked, and since when
  std::optional<absl::Duration> ran_since_;
  std::unique_ptr<SimFileSystem> image_;
  std::set<RecordName> image_had_;
  Seen seen_;
  std::string violations_;
};

}  // namespace godwit::sim
