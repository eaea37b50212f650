// What truly happened on the devices, written down by the world itself and never taken from a
// counter of the agent: which ticks a sensor gave, which record they went into, and what the spool
// promised of it. Judges a store by that.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/spool/spool.h"
#include "tests/sim/memory_store.h"

namespace godwit::sim {

class Ledger {
 public:
  struct Issue {
    std::vector<int64_t> ticks;
    uint64_t checksum = 0;    // of the batch; 0 when there is none
    bool safe = false;        // the spool said so
    bool torn_away = false;   // its disk was taken out of the machine with it
    bool unreadable = false;  // no collector takes it
    bool due = false;
  };

  void RunBegan(RunId run, bool disk_was_well);
  void RunEnded(RunId run, bool clean);
  // A byte of one of its segments has changed under way.
  void RunDamaged(RunId run) { runs_[run].damaged = true; }
  // The collector has forgotten what it once had.
  void CollectorRestored();
  bool collector_restored() const { return collector_restored_; }
  bool IsSafe(const RecordName& name) const {
    const auto found = issued_.find(name);
    return found != issued_.end() && found->second.safe;
  }
  // A disk was copied while in use, or put back: the copy tells what it saw.
  void DiskCopied() { disk_copied_ = true; }
  void TickRead(RunId run, int64_t tick) { runs_[run].read.push_back(tick); }
  // Before the spool is asked: if the machine dies in between, the record may be on the disk or
  // not. Seqs count up, so its name is known.
  RecordName Attempt(RunId run, std::vector<int64_t> ticks, std::string_view batch);
  bool IsUnreadable(const RecordName& name) const {
    const auto found = issued_.find(name);
    return found != issued_.end() && found->second.unreadable;
  }
  void NextIsUnreadable() { next_is_unreadable_ = true; }
  bool IsTornAwayOrDamaged(const RecordName& name) const {
    return issued_.at(name).torn_away || runs_.at(name.run).damaged;
  }
  void Promise(const RecordName& name, agent::Appended::Fate fate) {
    issued_.at(name).safe = fate == agent::Appended::Fate::kSafe;
  }
  // What is promised by now must be accounted for by the end; what comes later is still on its way.
  void CallDue();
  // It waited in memory, and the disk has it now.
  void BecameSafe(const RecordName& name) { issued_.at(name).safe = true; }
  // The disk that had all since then is gone; `had` is what was issued before.
  std::set<RecordName> SafeNames() const;
  void TearAway(const std::set<RunId>& machine_runs, const std::set<RecordName>& had);

  // What is promised and neither stored nor a gap; empty when all is accounted for.
  std::vector<RecordName> Unaccounted(const MemoryStore& store) const;
  // What no collector takes and is nowhere; as text.
  std::string Forgotten(const MemoryStore& store, const std::set<RecordName>& held) const;
  // Every breach of what Godwit promises, as text; empty when there is none. `held` is what spools
  // still hold.
  std::string Violations(const MemoryStore& store, const std::set<RecordName>& held) const;

  const std::map<RecordName, Issue>& issued() const { return issued_; }

 private:
  struct Run {
    std::vector<int64_t> read;
    Seq last_seq = 0;
    size_t number = 0;  // in the order of their beginnings
    bool live = true;
    bool clean = false;
    bool disk_was_well = true;
    bool torn_away = false;
    bool damaged = false;
    bool beyond_telling = false;  // too long ago when the collector was put back
  };

  // A damaged last record looks like a torn tail: nothing on the disk says that it ever was whole.
  bool MayBeTakenForATornTail(const RecordName& name, const MemoryStore& store) const;
  void CheckRecords(const MemoryStore& store, std::string& text) const;
  void CheckGaps(const MemoryStore& store, const std::set<RecordName>& held,
                 std::string& text) const;
  void CheckTicks(RunId id, const Run& run, const MemoryStore& store, std::string& text) const;

  std::map<RunId, Run> runs_;
  std::map<RecordName, Issue> issued_;
  bool next_is_unreadable_ = false;
  bool disk_copied_ = false;
  bool collector_restored_ = false;
};

}  // namespace godwit::sim
