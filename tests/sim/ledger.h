// What truly happened on the devices, written down by the world itself: what sensors gave, which
// record it went into, what the spool promised of it, and every injected fault that may take it
// away. Facts only; the judge (judge.h) draws the conclusions. Nothing in here is taken from what
// an agent says of itself, but for its promises.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "base/names.h"
#include "tests/sim/disk_view.h"
#include "tests/sim/memory_store.h"
#include "tests/sim/reading_log.h"

namespace godwit::sim {

// One batch, under the name that the spool gives it: sequence numbers count up.
struct Issue {
  uint64_t checksum = 0;     // of the batch; 0 when there is none
  size_t readings = 0;       // of sensors, in it
  bool safe = false;         // the spool has promised so
  bool unreadable = false;   // no collector takes it
  bool due = false;          // has to be accounted for by the end
  absl::Duration first_due;  // of its first tick, on the boot clock

  // Why there may be no such record.
  bool torn_away = false;       // its disk was taken out of the machine, and another put in
  bool dropped = false;         // the last file that had it was removed for lack of room
  bool damaged = false;         // bytes of it, or of a table it needs, were changed on a disk
  bool copy_damaged = false;    // likewise in a copy of it
  bool overloaded = false;      // it was sealed while eight others waited for storage
  bool disk_troubled = false;   // the disk had a fault while it was not safe yet
  bool without_room = false;    // the spool had no room while it was not safe yet
  bool died_in_memory = false;  // the process ended, and it was not safe
  bool unexplained = false;     // a process ended that alone knew why it is gone
  bool forgotten = false;       // a collector had accounted for it, and was put back
  bool hidden = false;          // the file that had it was away for a while, or not listed
  // By its name, a file that was away for a while, or not listed, may have had it.
  bool named_by_hidden = false;
  // It is forgotten, and the name of a file that was away covers it; or nobody knows any more why
  // it is gone, and its run's files have unsound bytes. A spool may take it for one of these.
  bool near_damage = false;

  bool MayBeGone() const {
    return torn_away || dropped || damaged || overloaded || disk_troubled || without_room ||
           died_in_memory || forgotten || hidden;
  }
};

// One start of an agent.
struct RunFacts {
  size_t number = 0;  // in the order of their beginnings
  Seq last_seq = 0;
  BootId boot_id;
  bool live = true;
  bool began_in_trouble = false;  // its disk had a fault then: it may not know all that it holds
  DiskView::End end = DiskView::End::kNone;  // what its disk said when its process had gone
  bool traced = false;                       // by then its disk said that it ever was
  bool torn_away = false;                    // the disk that had all of it is gone
  bool opening_damaged = false;              // or its end: bytes of what records it were changed
  bool unsound = false;                      // its files may have bytes that belong to no entry
  bool no_longer_named = false;              // nothing on a disk may name it any more
  bool hidden = false;                       // a file of it was away for a while, or not listed
  ReadingLog readings;
};

class Ledger {
 public:
  void RunBegan(RunId run, const BootId& boot_id, bool disk_troubled = false);
  // Of `machine_runs`, all runs of its machine, the process knew what was lost and why.
  void RunEnded(RunId run, const std::set<RunId>& machine_runs, DiskView::End end, bool traced,
                const MemoryStore& store);
  void ReadingTaken(RunId run, const TableId& table, WitnessedReading reading);
  // A reading was taken while a new layout of its group waited.
  void LayoutWaited() { ++layouts_waited_; }
  uint64_t layouts_waited() const { return layouts_waited_; }
  // A clock that was called synchronised and was wrong: what is known of this boot's times may be.
  void ClockLied(const BootId& boot_id) { boots_that_lied_.insert(boot_id); }
  bool HasLied(const BootId& boot_id) const { return boots_that_lied_.contains(boot_id); }

  // Before the spool is asked: if the machine dies in between, the record may be on the disk or
  // not. `honest` is the batch as it was encoded; one that no collector reads was put in its place
  // if `batch` differs.
  RecordName Attempt(RunId run, std::string_view honest, std::string_view batch);
  // Bytes that stand for a batch.
  RecordName AttemptOpaque(RunId run, std::string_view batch);
  // A batch for which there was no place, and that never was encoded.
  RecordName AttemptLost(RunId run, const Batch& batch, bool overloaded);
  // A file that was removed before does not explain why a record is gone that was written since.
  void Promise(const RecordName& name) {
    issued_.at(name).safe = true;
    issued_.at(name).dropped = false;
  }
  // What befalls all of the run's records that are not safe yet.
  void NoteTrouble(RunId run, bool disk_troubled, bool without_room);
  const std::set<RecordName>& waiting(RunId run) { return waiting_[run]; }
  void StopWaiting(const RecordName& name) { waiting_[name.run].erase(name); }

  void Dropped(const RecordName& name) { issued_.at(name).dropped = true; }
  void Damaged(const RecordName& name);
  void CopyDamaged(const RecordName& name);
  void OpeningDamaged(RunId run);
  // A file of the run was moved away, or left out of a listing; it had these records.
  void Hidden(RunId run, const std::vector<RecordName>& records);
  // The name of such a file covers this record, whether the file had it or not.
  void NamedByHidden(const RecordName& name) { issued_.at(name).named_by_hidden = true; }

  // Before the store becomes what it once was.
  void CollectorRestored(const MemoryStore& store);
  // For a while the collector takes good batches for bad ones.
  void CollectorMisread() { collector_misread_ = true; }
  bool collector_misread() const { return collector_misread_; }
  // A disk was copied while in use: the copy reports what it saw.
  void DiskCopied() { disk_copied_ = true; }
  bool disk_copied() const { return disk_copied_; }
  std::set<RecordName> SafeNames() const;
  // The disk that had all since then is gone; `had` is what was safe before.
  void TearAway(const std::set<RunId>& machine_runs, const std::set<RecordName>& had);
  // What is promised by now must be accounted for by the end; what comes later is under way.
  void CallDue();

  const Issue* Find(const RecordName& name) const;
  const std::map<RecordName, Issue>& issued() const { return issued_; }
  const std::map<RunId, RunFacts>& runs() const { return runs_; }
  const std::string& violations() const { return violations_; }

 private:
  RecordName Put(RunId run, Issue issue);

  std::map<RunId, RunFacts> runs_;
  std::map<RecordName, Issue> issued_;
  std::map<RunId, std::set<RecordName>> waiting_;  // not safe, and not abandoned
  std::set<BootId> boots_that_lied_;
  bool disk_copied_ = false;
  bool collector_misread_ = false;
  uint64_t layouts_waited_ = 0;
  std::string violations_;
};

// Committed, rejected or a gap.
bool IsAccounted(const MemoryStore& store, const RecordName& name);

}  // namespace godwit::sim
