#include "tests/sim/ledger.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "base/checksum.h"
#include "base/text.h"

namespace godwit::sim {
namespace {

std::string Text(const RecordName& name) {
  return Cat(Hex(name.run), "/", name.seq);
}

}  // namespace

void Ledger::RunBegan(RunId run, bool disk_was_well) {
  const auto [begun, is_new] = runs_.try_emplace(run);
  if (is_new) begun->second.number = runs_.size();
  begun->second.disk_was_well = disk_was_well;
}

// An agent tells of its last so many runs (docs/protocol.md): what the backup does not have of
// those before has no gap.
void Ledger::CollectorRestored() {
  collector_restored_ = true;
  for (auto& [id, run] : runs_) {
    if (runs_.size() - run.number >= agent::kPastRunsMax) run.beyond_telling = true;
  }
}

void Ledger::RunEnded(RunId run, bool clean) {
  Run& ended = runs_.at(run);
  ended.live = false;
  ended.clean = clean;
}

RecordName Ledger::Attempt(RunId run, std::vector<int64_t> ticks, std::string_view batch) {
  const RecordName name{run, ++runs_[run].last_seq};
  issued_[name] = {.ticks = std::move(ticks),
                   .checksum = Checksum(batch),
                   .unreadable = std::exchange(next_is_unreadable_, false)};
  return name;
}

void Ledger::CallDue() {
  for (auto& [name, issue] : issued_) issue.due = true;
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

std::vector<RecordName> Ledger::Unaccounted(const MemoryStore& store) const {
  std::vector<RecordName> names;
  for (const auto& [name, issue] : issued_) {
    if (!issue.safe || issue.torn_away || !issue.due || issue.unreadable) continue;
    if (store.Find(name) || store.IsGap(name) || MayBeTakenForATornTail(name, store)) continue;
    names.push_back(name);
  }
  return names;
}

bool Ledger::MayBeTakenForATornTail(const RecordName& name, const MemoryStore& store) const {
  if (!runs_.at(name.run).damaged || !store.EndedUncleanly(name.run)) return false;
  for (auto at = issued_.upper_bound(name); at != issued_.end() && at->first.run == name.run;
       ++at) {
    if (store.Find(at->first) || store.IsGap(at->first) || store.IsRejected(at->first)) {
      return false;
    }
  }
  return true;
}

std::string Ledger::Violations(const MemoryStore& store, const std::set<RecordName>& held) const {
  std::string text;
  for (const RecordName& name : Unaccounted(store)) {
    text += Cat("safe, and neither stored nor a gap: ", Text(name), "; ");
  }
  text += Forgotten(store, held);
  CheckRecords(store, text);
  CheckGaps(store, held, text);
  for (const auto& [id, run] : runs_) CheckTicks(id, run, store, text);
  return text;
}

// What no collector takes stays in the spool, or aside, or is a gap.
std::string Ledger::Forgotten(const MemoryStore& store, const std::set<RecordName>& held) const {
  std::string text;
  for (const auto& [name, issue] : issued_) {
    if (!issue.unreadable) {
      if (store.IsRejected(name)) text += Cat("rejected, and a good record: ", Text(name), "; ");
      continue;
    }
    if (store.Find(name)) text += Cat("stored, and no batch at all: ", Text(name), "; ");
    if (!issue.safe || issue.torn_away || !issue.due) continue;
    if (store.IsGap(name) || store.IsRejected(name) || held.contains(name) ||
        MayBeTakenForATornTail(name, store)) {
      continue;
    }
    text += Cat("unreadable, and forgotten: ", Text(name), "; ");
  }
  return text;
}

void Ledger::CheckRecords(const MemoryStore& store, std::string& text) const {
  for (const auto& [name, record] : store.Records()) {
    const auto issue = issued_.find(name);
    if (issue == issued_.end()) {
      text += Cat("stored, and never issued: ", Text(name), "; ");
    } else if (issue->second.checksum != Checksum(record->batch)) {
      text += Cat("stored otherwise than issued: ", Text(name), "; ");
    }
  }
}

void Ledger::CheckGaps(const MemoryStore& store, const std::set<RecordName>& held,
                       std::string& text) const {
  for (const auto& [name, reason] : store.Gaps()) {
    if (!issued_.contains(name)) {
      text += Cat("a gap (", reason, ") where nothing ever was: ", Text(name), "; ");
    }
    // One that no collector takes cannot heal its gap.
    if (held.contains(name) && !IsUnreadable(name))
      text += Cat("a gap where a record is: ", Text(name), "; ");
  }
}

// Every tick is in the store once, or its record is accounted for as lost, or it was never sealed
// into one that was promised, and then the run is known to have been cut off behind its last.
void Ledger::CheckTicks(RunId id, const Run& run, const MemoryStore& store,
                        std::string& text) const {
  std::set<int64_t> accounted;
  int64_t last_safe = 0;
  int64_t last_stored = 0;
  for (auto at = issued_.lower_bound({id, 0}); at != issued_.end() && at->first.run == id; ++at) {
    const auto& [name, issue] = *at;
    const bool stored = store.Find(name) != nullptr;
    if (issue.safe && !issue.torn_away && !issue.ticks.empty() &&
        (stored || store.IsGap(name) || store.IsRejected(name) || !run.damaged)) {
      last_safe = issue.ticks.back();
    }
    if (!stored && !store.IsGap(name) && !issue.torn_away && !issue.unreadable) continue;
    for (const int64_t tick : issue.ticks) {
      if (!accounted.insert(tick).second) {
        text += Cat("tick ", tick, " of run ", Hex(id), " counts twice; ");
      }
      if (stored && tick <= last_stored) {
        text += Cat("tick ", tick, " of run ", Hex(id), " is out of order; ");
      }
      if (stored) last_stored = std::max(last_stored, tick);
    }
  }
  // The disk took nothing at all from it: nobody can know of it.
  const bool no_trace = !run.disk_was_well && last_safe == 0;
  if (run.live || run.torn_away || no_trace) return;
  if (run.clean && run.disk_was_well && !run.damaged && !disk_copied_ && store.EndedUncleanly(id)) {
    text += Cat("run ", Hex(id), " was stopped cleanly, and is said to have been cut off; ");
  }
  if (run.beyond_telling) return;
  for (const int64_t tick : run.read) {
    if (accounted.contains(tick)) continue;
    if (!store.EndedUncleanly(id)) {
      text += Cat("tick ", tick, " of run ", Hex(id), " is lost, and nobody says so; ");
      return;
    }
    if (tick <= last_safe) {
      text += Cat("tick ", tick, " of run ", Hex(id), " is lost in the middle of the run; ");
      return;
    }
  }
}

}  // namespace godwit::sim
