// The reading side of the spool: what it holds, from disk and memory alike, and what is settled of
// it.
#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/limits.h"
#include "agent/spool/spool.h"
#include "base/text.h"

namespace godwit::agent {

void Spool::ForgetSettledInRing() {
  std::vector<Seq> settled;
  for (const auto& [seq, record] : ring_.records()) {
    if (runs_.IsSettled({run_, seq})) settled.push_back(seq);
  }
  for (const Seq seq : settled) {
    ring_.Remove(seq);
    runs_.current().held.Remove({seq, seq});
  }
}

void Spool::ReplaceSettled(const std::map<RunId, SeqSet>& settled,
                           const std::map<RunId, SeqSet>& reported) {
  runs_.ReplaceSettled(settled, reported);
  ForgetSettledInRing();
}

void Spool::AddSettled(RunId run, SeqRange seqs) {
  runs_.AddSettled(run, seqs);
  ForgetSettledInRing();
}

void Spool::ConfirmReported(const std::vector<Loss>& losses) {
  for (const Loss& loss : losses) runs_.losses().Remove(loss);
}

std::optional<RecordName> Spool::Next(std::optional<RecordName> after) const {
  return runs_.Next(after);
}

StatusOr<StoredRecord> Spool::Read(const RecordName& name) {
  const NewRecord* const waiting = name.run == run_ ? ring_.Find(name.seq) : nullptr;
  if (waiting == nullptr) return runs_.Read(name);
  StoredRecord record{.name = name, .batch = waiting->batch};
  for (const SpoolTable& table : waiting->tables) record.tables.push_back(table.id);
  return record;
}

StatusOr<std::string> Spool::ReadTable(const TableId& id) {
  for (const auto& [seq, record] : ring_.records()) {
    for (const SpoolTable& table : record.tables) {
      if (table.id == id) return table.encoded;
    }
  }
  return runs_.ReadTable(id);
}

std::vector<TableId> Spool::TableIds() const {
  std::set<TableId> ids = runs_.TableIds();
  for (const auto& [seq, record] : ring_.records()) {
    for (const SpoolTable& table : record.tables) ids.insert(table.id);
  }
  return {ids.begin(), ids.end()};
}

std::vector<RunState> Spool::Runs() const {
  std::vector<RunState> states;
  std::set<RunId> spooled;
  for (const SpooledRun& run : runs_.all()) {
    if (!run.excluded()) spooled.insert(run.id);
  }
  // Nearest first in past_runs_; the oldest of those without a segment come first of all.
  for (size_t i = past_runs_.size(); i-- > 0;) {
    const PastRun& past = past_runs_[i];
    if (spooled.contains(past.run)) continue;
    RunState& state = states.emplace_back(
        RunState{.run = past.run, .last_seq = past.last_seq, .unclean = past.unclean});
    if (i + 1 == past_runs_.size()) continue;
    state.follows_run = past_runs_[i + 1].run;
    state.follows_last_seq = past_runs_[i + 1].last_seq;
  }
  for (const SpooledRun& run : runs_.all()) {
    if (run.excluded()) continue;
    // As long as its last segment may still be read, a run is not said to have been cut off.
    RunState& state = states.emplace_back(RunState{.run = run.id,
                                                   .last_seq = run.last_seq,
                                                   .held = run.held,
                                                   .unclean = run.unclean && !run.uncertain});
    const std::vector<PastRun>& before = run.id == run_ ? past_runs_ : run.past_runs;
    if (before.empty()) continue;
    state.follows_run = before.front().run;
    state.follows_last_seq = before.front().last_seq;
  }
  return states;
}

Status Spool::CopyToQuarantine(const RecordName& name, QuarantineKind kind) {
  // Before the folder is read, nobody knows what already takes room in it.
  GODWIT_RETURN_IF_ERROR(Attach());
  GODWIT_ASSIGN_OR_RETURN(const StoredRecord stored, Read(name));
  NewRecord record{.batch = stored.batch};
  for (const TableId& id : stored.tables) {
    auto table = ReadTable(id);
    if (absl::IsDataLoss(table.status())) MarkDamaged(name);
    GODWIT_ASSIGN_OR_RETURN(std::string encoded, std::move(table));
    record.tables.push_back({id, std::move(encoded)});
  }
  const ByteCount bound = Bound();
  if (runs_.bytes() + record.batch.size() + 2 * kDiskBlockBytes > bound) {
    return Error(StatusCode::kOutOfRange, "the spool is full");
  }
  const SegmentHeader header{.device_id = options_.device_id,
                             .boot_id = options_.boot_id,
                             .run = name.run,
                             .run_number = run_number_,
                             .first_seq = name.seq};
  return quarantine_.Put(
      kind, header, name.seq, record,
      std::min(options_.max_bytes / kQuarantineShare, quarantine_.bytes() + bound - runs_.bytes()));
}

std::vector<RecordName> Spool::RejectedAndHeld() {
  std::vector<RecordName> names;
  for (const RecordName& name : quarantine_.Names(QuarantineKind::kRejected)) {
    if (runs_.IsHeld(name) && quarantine_.HasSound(name)) names.push_back(name);
  }
  return names;
}

std::vector<RecordName> Spool::RejectedAndGone() {
  std::vector<RecordName> names;
  for (const RecordName& name : quarantine_.Names(QuarantineKind::kRejected)) {
    if (!runs_.IsHeld(name) && quarantine_.HasSound(name)) names.push_back(name);
  }
  return names;
}

std::vector<RecordName> Spool::RejectedAndUnread() {
  std::vector<RecordName> names;
  for (const RecordName& name : quarantine_.Names(QuarantineKind::kRejected)) {
    if (!runs_.IsHeld(name) && !quarantine_.HasSound(name) && quarantine_.IsUnread(name)) {
      names.push_back(name);
    }
  }
  return names;
}

SpoolStats Spool::stats() const {
  SpoolStats stats{.unsettled_records = runs_.UnsettledRecords(),
                   .appended_bytes = appended_bytes_,
                   .quarantined_copies = quarantine_.Names(QuarantineKind::kRejected).size() +
                                         quarantine_.Names(QuarantineKind::kConflict).size(),
                   .bytes = runs_.bytes(),
                   .bound = Bound(),
                   .bytes_in_memory = ring_.bytes(),
                   .lost_records = lost_records(),
                   .damaged_bytes = damaged_bytes_,
                   .quarantine_bytes = quarantine_.bytes(),
                   .taken_segments = taken_segments_,
                   .disk = disk_};
  for (const SpooledRun& run : runs_.all()) {
    stats.records += run.held.Count();
    if (run.foreign) stats.foreign_segments += run.segments.size();
  }
  return stats;
}

std::string DiskText(const SpoolStats& stats) {
  if (!stats.disk.ok()) return Message(stats.disk);
  if (stats.taken_segments == 0) return "ok";
  return Cat("ok; while the agent wrote them, ", stats.taken_segments,
             stats.taken_segments == 1 ? " segment was" : " segments were",
             " moved, deleted or replaced");
}

}  // namespace godwit::agent
