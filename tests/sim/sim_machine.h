// One simulated device: a disk, a clock, and on it the agent's real parts wired as agent.cc wires
// them. It can be killed, cut from its power in the middle of a write, stopped, put to sleep, and
// have its disk copied or put back.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/control/configuration_state.h"
#include "agent/sampling/recorder.h"
#include "agent/sampling/sampler.h"
#include "agent/spool/spool.h"
#include "agent/uplink/uploader.h"
#include "tests/sim/ledger.h"
#include "tests/sim/sim_file_system.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

struct MachineOptions {
  ByteCount spool_bytes = ByteCount{64} << 20;
  ByteCount segment_bytes = 2048;  // a few records, so that much is trimmed
  ByteCount ring_bytes = 64 << 10;
  // Calls of the action behind each command, by the argument "number"; none: no commands.
  std::map<std::string, int>* acted = nullptr;
  // It takes configurations (sim_configuration.h).
  bool configured = false;
  agent::WhenFull when_full = agent::WhenFull::kDropOldest;
  absl::Duration batch_period = absl::Seconds(10);
  // So many of a thousand batches are of a kind that no collector reads.
  uint64_t unreadable_permille = 0;
};

// What machines share.
struct MachineWorld {
  SimScheduler& scheduler;
  SimNetwork& network;
  Ledger& ledger;
  const MemoryStore& store;
};

class SimMachine {
 public:
  // Of its one sensor.
  static constexpr absl::Duration kTickInterval = absl::Seconds(1);
  static constexpr char kDeviceId[] = "device-1";
  // So long a configuration may be on trial.
  static constexpr absl::Duration kConfirm = absl::Seconds(90);

  SimMachine(MachineOptions options, MachineWorld world);
  ~SimMachine();

  // Text when the agent refuses to start, which it never may.
  std::string Start();
  // The process dies; what the kernel holds survives.
  void Kill();
  // The machine dies; what was not synced may not survive.
  void PowerCut();
  // SIGTERM: hands on what is open, writes the end, waits a little for the collector.
  void Stop();
  // It sleeps: nothing runs, and the boot clock goes on.
  void SuspendFor(absl::Duration span);
  // Writes take so long.
  void SlowDiskFor(absl::Duration span);
  // The machine dies in the middle of one of its next file operations.
  void PowerCutSoon();
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
  // What its spool has, sent or not.
  std::set<RecordName> Held();
  // Whether a sound copy stands aside on its disk.
  bool HasAside(const RecordName& name);
  void set_unreadable(uint64_t permille) { unreadable_permille_ = permille; }
  agent::Uploader& uploader();
  // Of a machine that takes configurations.
  const agent::ConfigurationState& configuration() const;
  const agent::Revision& running() const;
  // What it runs kills it; its time has come.
  bool has_crashed() const;
  // The owner changes the device's own files; the next start sees it.
  void EditFiles() { ++files_; }
  // On its loop.
  void PostToAgent(const std::function<void(agent::Uploader&)>& task);

  SimFileSystem disk;
  SimClock clock;

  // What happened here, for the list of interesting states.
  struct Seen {
    uint64_t in_memory = 0;     // records the disk did not take at once
    uint64_t written_back = 0;  // and took later
    uint64_t lost = 0;
    uint64_t clean_stops = 0;
    uint64_t unreadable = 0;
    ByteCount ring_peak = 0;
  };
  const Seen& seen() const { return seen_; }
  // Files that went with records nobody had, while there was room.
  const std::string& violations() const { return violations_; }

 private:
  struct Agent;
  void Wire(Agent& parts);
  void WireCommands(Agent& parts);
  void WireConfiguration(Agent& parts);
  void WireUplink(Agent& parts, bool reaches);
  void Append(Agent& parts, agent::EncodedBatch batch);
  void NoteEnd(bool clean);
  void NoteRing(Agent& parts);
  void WitnessRemoval(const std::string& path);

  const MachineOptions options_;
  MachineWorld world_;
  SimRandom random_;
  std::unique_ptr<Agent> agent_;
  std::set<RunId> runs_;
  std::set<RecordName> waiting_;  // in memory only, as far as this world was told
  BootId boot_id_ = BootId(kBootIdSize, 'a');
  uint64_t unreadable_permille_ = 0;
  int cut_in_ = 0;  // operations; 0: never
  bool cut_after_ = false;
  bool was_cut_ = false;
  int files_ = 0;  // the version of the device's own
  std::unique_ptr<SimFileSystem> image_;
  std::set<RecordName> image_had_;
  Seen seen_;
  std::string violations_;
};

}  // namespace godwit::sim
