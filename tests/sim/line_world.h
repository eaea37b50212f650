// The straight line in one deterministic process: a whole agent (sampler, recorder, spool, uplink)
// and a whole collector (ingest, writer, store), both killed and power-cut at will, from one seed.
//
// It keeps a ledger of its own: what the agent was told is safe must be in the store, and no tick
// of a run may be there twice. (A record whose append failed may survive all the same: that is no
// fault.)
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "agent/sampling/recorder.h"
#include "agent/sampling/sampler.h"
#include "agent/spool/spool.h"
#include "agent/uplink/uploader.h"
#include "collector/ingest/ingest.h"
#include "collector/store/writer.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/sim_file_system.h"
#include "tests/sim/sim_network.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

class LineWorld {
 public:
  explicit LineWorld(uint64_t seed, ByteCount spool_bytes = ByteCount{64} << 20);
  ~LineWorld();

  void StartAgent();
  // The process dies; what the kernel holds survives.
  void KillAgent();
  // The machine dies; what was not synced may not survive.
  void PowerCutAgent();
  void StartCollector();
  void KillCollector();
  bool agent_up() const { return agent_ != nullptr; }
  bool collector_up() const { return collector_ != nullptr; }

  // Until the store has every record that was safe, or a gap for it; whether it has.
  bool RunUntilDrained(absl::Duration limit);

  // Empty when all is well; else what is wrong.
  std::string Violation();

  SimScheduler scheduler;
  SimClock clock{scheduler};
  SimRandom random{scheduler};
  SimFileSystem disk{scheduler};
  SimNetwork network{scheduler};
  MemoryStore store{"0123456789abcdef"};

  // The ledger: the tick numbers that `count` gave, by the record that the agent was told is safe.
  const std::map<RecordName, std::vector<int64_t>>& safe() const { return safe_; }
  // What the store has, by run order.
  std::map<uint64_t, std::vector<int64_t>> Stored();
  uint64_t gap_records();

 private:
  struct Agent;
  struct Collector;

  const ByteCount spool_bytes_;
  std::unique_ptr<Agent> agent_;
  std::unique_ptr<Collector> collector_;
  std::map<RecordName, std::vector<int64_t>> safe_;
};

}  // namespace godwit::sim
