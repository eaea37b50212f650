#include "tests/sim/ledger.h"

#include <utility>

#include "agent/limits.h"
#include "base/checksum.h"
#include "base/text.h"
#include "tests/reference/reference_decoder.h"
#include "tests/sim/sim_scheduler.h"

namespace godwit::sim {

bool IsAccounted(const MemoryStore& store, const RecordName& name) {
  return store.Find(name) != nullptr || store.IsGap(name) || store.IsRejected(name);
}

void Ledger::RunBegan(RunId run, const BootId& boot_id, bool disk_troubled) {
  RunFacts& facts = runs_[run];
  facts.number = runs_.size();
  facts.boot_id = boot_id;
  facts.began_in_trouble = disk_troubled;
}

void Ledger::RunEnded(RunId run, const std::set<RunId>& machine_runs, DiskView::End end,
                      bool traced, const MemoryStore& store) {
  RunFacts& ended = runs_.at(run);
  ended.live = false;
  ended.end = end;
  ended.traced = traced;
  ended.unsound |= end != DiskView::End::kDurable;
  for (auto at = issued_.lower_bound({run, 0}); at != issued_.end() && at->first.run == run; ++at) {
    at->second.died_in_memory |= !at->second.safe && store.Find(at->first) == nullptr;
  }
  for (const RunId other : machine_runs) {
    for (auto at = issued_.lower_bound({other, 0}); at != issued_.end() && at->first.run == other;
         ++at) {
      at->second.unexplained |= at->second.MayBeGone() && !IsAccounted(store, at->first);
    }
  }
  waiting_.erase(run);
}

void Ledger::ReadingTaken(RunId run, const TableId& table, WitnessedReading reading) {
  RunFacts& facts = runs_[run];
  const absl::Duration right = SimClock::TrueTimeAt(absl::ZeroDuration()) - absl::UnixEpoch();
  if (reading.wall_synchronised &&
      absl::AbsDuration(reading.wall_offset - right) > SimClock::kLieMin) {
    ClockLied(facts.boot_id);
  }
  facts.readings.Add(table, std::move(reading));
}

RecordName Ledger::Put(RunId run, Issue issue) {
  const RecordName name{run, ++runs_[run].last_seq};
  issued_[name] = issue;
  waiting_[run].insert(name);
  return name;
}

RecordName Ledger::Attempt(RunId run, std::string_view honest, std::string_view batch) {
  const auto decoded = reference::DecodeBatch(honest);
  ReadingLog::Covered covered;
  if (decoded) covered = runs_[run].readings.Take(*decoded);
  if (!decoded) covered.violation = "a batch that is none; ";
  if (!covered.violation.empty()) {
    violations_ += Cat(Hex(run), "/", runs_[run].last_seq + 1, ": ", covered.violation);
  }
  return Put(run, {.checksum = Checksum(batch),
                   .readings = covered.readings,
                   .unreadable = honest != batch,
                   .first_due = covered.first});
}

RecordName Ledger::AttemptOpaque(RunId run, std::string_view batch) {
  return Put(run, {.checksum = Checksum(batch), .readings = 1});
}

RecordName Ledger::AttemptLost(RunId run, const Batch& batch, bool overloaded) {
  const ReadingLog::Covered covered = runs_[run].readings.Take(batch);
  violations_ += covered.violation;
  const RecordName name = Put(run, {.readings = covered.readings, .overloaded = overloaded});
  StopWaiting(name);
  return name;
}

void Ledger::NoteTrouble(RunId run, bool disk_troubled, bool without_room) {
  if (!disk_troubled && !without_room) return;
  runs_.at(run).unsound |= disk_troubled;
  for (const RecordName& name : waiting_[run]) {
    Issue& issue = issued_.at(name);
    // What could not be read at the start counts, and cannot be dropped.
    issue.disk_troubled |= disk_troubled || (without_room && runs_.at(run).began_in_trouble);
    issue.without_room |= without_room;
  }
}

void Ledger::Damaged(const RecordName& name) {
  const auto found = issued_.find(name);
  if (found == issued_.end()) return;
  found->second.damaged = true;
  runs_.at(name.run).unsound = true;
}

void Ledger::CopyDamaged(const RecordName& name) {
  if (const auto found = issued_.find(name); found != issued_.end()) {
    found->second.copy_damaged = true;
  }
}

void Ledger::OpeningDamaged(RunId run) {
  const auto found = runs_.find(run);
  if (found == runs_.end()) return;
  found->second.unsound = true;
  // It names the runs before it twice: one flipped byte costs nothing, two may cost their names.
  if (std::exchange(found->second.opening_damaged, true)) {
    for (auto& [id, other] : runs_) {
      other.no_longer_named |= other.number <= found->second.number;
    }
  }
}

void Ledger::Hidden(RunId run, const std::vector<RecordName>& records) {
  if (const auto found = runs_.find(run); found != runs_.end()) found->second.hidden = true;
  for (const RecordName& name : records) {
    if (const auto found = issued_.find(name); found != issued_.end()) found->second.hidden = true;
  }
}

// An agent reports its last kPastRunsMax runs (docs/protocol.md): what the backup does not have of
// earlier ones has no gap.
void Ledger::CollectorRestored(const MemoryStore& store) {
  for (auto& [name, issue] : issued_) issue.forgotten |= IsAccounted(store, name);
  for (auto& [id, run] : runs_) {
    run.no_longer_named |= runs_.size() - run.number >= agent::kPastRunsMax;
  }
}

std::set<RecordName> Ledger::SafeNames() const {
  std::set<RecordName> names;
  for (const auto& [name, issue] : issued_) {
    if (issue.safe) names.insert(name);
  }
  return names;
}

void Ledger::TearAway(const std::set<RunId>& machine_runs, const std::set<RecordName>& had) {
  std::set<RunId> known;
  for (const RecordName& name : had) known.insert(name.run);
  for (const RunId run : machine_runs) runs_.at(run).torn_away |= !known.contains(run);
  for (auto& [name, issue] : issued_) {
    if (machine_runs.contains(name.run) && !had.contains(name)) issue.torn_away = true;
  }
}

void Ledger::CallDue() {
  std::set<RunId> elsewhere;  // runs with records that are in no segment any more, or never were
  for (const auto& [name, issue] : issued_) {
    if (issue.forgotten || !issue.safe) elsewhere.insert(name.run);
  }
  for (auto& [name, issue] : issued_) {
    issue.due = true;
    const bool unsound = runs_.at(name.run).unsound;
    issue.near_damage =
        (issue.forgotten && (unsound || issue.named_by_hidden)) || (issue.unexplained && unsound);
    // Beside these a spool cannot say which of what is missing was damaged.
    issue.unexplained |= issue.damaged && elsewhere.contains(name.run);
  }
}

const Issue* Ledger::Find(const RecordName& name) const {
  const auto found = issued_.find(name);
  return found == issued_.end() ? nullptr : &found->second;
}

}  // namespace godwit::sim
