// A whole fleet of one device in one deterministic process, from one seed: a device (and perhaps a
// copy of its card in another machine), the network, and a whole collector (ingest, writer, store),
// all of which can be killed, cut, slowed down, copied and put back.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "collector/ingest/ingest.h"
#include "collector/orders/orders.h"
#include "collector/store/writer.h"
#include "tests/sim/judge.h"
#include "tests/sim/ledger.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_machine.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

class World {
 public:
  explicit World(uint64_t seed, MachineOptions options = {});
  ~World();

  void StartCollector();
  void KillCollector();
  bool collector_up() const { return collector_ != nullptr; }
  // In its place, on the same store, comes one of a version that takes good batches for bad ones;
  // or one of the right version again. One that is down stays down.
  void ReplaceCollector(bool misreads);
  void SlowCollectorFor(absl::Duration span);
  void TakeBackup() { backup_ = store; }
  bool has_backup() const { return backup_.has_value(); }
  // The collector must be down.
  void RestoreBackup();

  // A command of kind ping with the argument number=`number`. Lost when the collector is down.
  void IssueCommand(const std::string& number, absl::Duration life);

  // Offers a configuration to the device; an empty text: its own files alone. Lost likewise.
  void PushRevision(const std::string& text);

  // Starts it, whatever else befalls it meanwhile.
  void StartMachine(SimMachine& machine);
  // Cleanly, if nothing befalls it or another meanwhile; those are left as they are by then.
  void StopMachine(SimMachine& machine);
  // Another machine, with a copy of the card of this one.
  void CopyCard(SimMachine& from);

  // Machines that are to die in the middle of a write do so in here, and start again.
  void RunFor(absl::Duration span);
  // Until all that is promised, or on a disk, by now is stored or a gap; whether it is. Then every
  // device opens one more session, behind which also what is damaged without anybody having seen it
  // must be a gap: Violations() says so.
  bool RunUntilDrained(absl::Duration limit);

  // Empty when all is well; else what is wrong.
  std::string Violations();

  SimScheduler scheduler;
  SimNetwork network{scheduler};
  MemoryStore store{"0123456789abcdef"};
  Ledger ledger;
  std::vector<std::unique_ptr<SimMachine>> machines;
  SimMachine& device() { return *machines.front(); }

  // How often each kind of fault struck, and each interesting state was reached.
  std::map<std::string, uint64_t> faults;
  std::map<std::string, uint64_t> states;

 private:
  struct Collector;
  OnDisks Disks();
  void HaveSessionsReopened();
  // Someone who reads all that is stored, a page a minute, and expects it in order.
  void ReadOn();

  const MachineOptions options_;
  SimClock collector_clock_{scheduler};
  SimRandom collector_random_{scheduler};
  std::unique_ptr<Collector> collector_;
  std::optional<MemoryStore> backup_;
  std::string violations_;
  collector::RecordCursor reader_at_;
  absl::Duration read_on_at_ = absl::ZeroDuration();
};

}  // namespace godwit::sim
