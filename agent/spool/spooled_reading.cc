// Reading records and tables of the segments on the disk, and what reading them shows.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "agent/limits.h"
#include "agent/spool/spooled_runs.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

StatusOr<SpooledRuns::Loaded*> SpooledRuns::Load(SpooledRun& run, const SpooledSegment& segment) {
  if (loaded_ && loaded_->name == segment.name) return loaded_.get();
  loaded_.reset();
  if (IsActive(run, segment)) {
    // By the descriptor it is written through: its name may be gone by now.
    loaded_ = std::make_unique<Loaded>(Loaded{.file = &active_->file(),
                                              .name = segment.name,
                                              .device_id = run.device_id,
                                              .index = &active_->index()});
    return loaded_.get();
  }
  auto file = files_.Open(segment.path);
  if (absl::IsNotFound(file.status())) {
    NoteGone(run, {KeyOf(segment.name)});
    return file.status();
  }
  if (!file.ok()) return NoteUnreadable(segment, file.status());
  loaded_ = std::make_unique<Loaded>();
  Loaded& loaded = *loaded_;
  loaded.name = segment.name;
  loaded.device_id = run.device_id;
  loaded.own_file = *std::move(file);
  loaded.file = loaded.own_file.get();
  auto index = ReadIndex(*loaded.file, segment.name, run.device_id);
  if (!index.ok()) {
    loaded_.reset();
    return NoteUnreadable(segment, index.status());
  }
  loaded.own = *std::move(index);
  loaded.index = &loaded.own;
  Reconcile(run, segment, loaded.own);
  return &loaded;
}

// Its records stay: a disk that does not read now may read later. Logged once, not for each record.
Status SpooledRuns::NoteUnreadable(const SpooledSegment& segment, const Status& status) {
  if (unreadable_ != segment.name) LogError(Cat("spool: ", Message(status)));
  unreadable_ = segment.name;
  return status;
}

// What no name and no later run spoke of is there all the same.
void SpooledRuns::AddUnpromised(SpooledRun& run, SpooledSegment& segment,
                                const SegmentIndex& index) {
  bool any = false;
  for (const auto& [seq, place] : index.records) {
    if (losses_.Touches(run.id, {seq, seq})) losses_.Forget(run.id, {seq, seq});
    if (seq < segment.name.first_seq) continue;
    segment.last_seq = std::max(segment.last_seq, seq);
    if (run.held.Contains(seq)) continue;
    run.held.Add(seq);
    run.last_seq = std::max(run.last_seq, seq);
    any |= !SettledOf(run.id).Contains(seq);
  }
  if (any) ++changes_;
}

// A file that was away and is back has what was written again meanwhile, to the segments behind it.
// So the next one in front is read, and the one in front of that as long as they overlap.
void SpooledRuns::RemoveHeldBefore(SpooledRun& run, const SegmentKey& key, SeqSet& gone) {
  for (auto at = run.segments.find(key); at != run.segments.begin() && !gone.empty();) {
    const Seq first_behind = at->first.first;
    --at;
    SpooledSegment& other = at->second;
    if (other.away) continue;
    const auto file = files_.Open(other.path);
    const auto index = file.ok() ? ReadIndex(**file, other.name, run.device_id)
                                 : StatusOr<SegmentIndex>(file.status());
    if (absl::IsNotFound(index.status())) continue;
    // It may have them: they are lost when that is known.
    if (!index.ok()) gone = {};
    if (!index.ok() || index->last_seq < first_behind) return;
    for (const auto& [seq, place] : index->records) {
      other.last_seq = std::max(other.last_seq, seq);
      gone.Remove({seq, seq});
    }
  }
}

void SpooledRuns::Reconcile(SpooledRun& run, const SpooledSegment& segment,
                            const SegmentIndex& index) {
  SpooledSegment& known = run.segments.at(KeyOf(segment.name));
  if (!std::exchange(known.certain, true)) AddUnpromised(run, known, index);
  SeqSet gone;
  for (const SeqRange& range : run.held.Ranges()) {
    const SeqRange both{std::max(range.first, segment.name.first_seq),
                        std::min(range.last, segment.last_seq)};
    if (both.first <= both.last) gone.Add(both);
  }
  for (const auto& [seq, place] : index.records) gone.Remove({seq, seq});
  if (!gone.empty()) RemoveHeldBefore(run, KeyOf(segment.name), gone);
  // What is missing may have been in segments behind it that were trimmed since. So many records,
  // and no more, fit into what is damaged of this one.
  ByteCount damaged_most = index.damaged_bytes / kEntryHeaderBytes;
  for (const SeqRange& missing : gone.Ranges()) {
    SeqSet unsettled({missing});
    for (const SeqRange& settled : SettledOf(run.id).Ranges()) unsettled.Remove(settled);
    const uint64_t count = unsettled.Count();
    const bool damaged = count <= damaged_most;
    if (damaged) damaged_most -= count;
    Lose(run.id, missing, damaged ? std::optional(LossReason::kDamaged) : std::nullopt);
  }
}

// The newest attempt has all that was saved of those before it; what was not may still be there.
StatusOr<const SpooledRuns::Loaded*> SpooledRuns::Find(SpooledRun& run, Seq seq) {
  auto at = run.segments.upper_bound({seq, std::numeric_limits<uint16_t>::max()});
  bool nearest = true;
  while (at != run.segments.begin()) {
    --at;
    if (std::exchange(nearest, false) || at->second.seqs().last >= seq) {
      const auto loaded = Load(run, at->second);
      if (!loaded.ok() && !absl::IsNotFound(loaded.status())) return loaded.status();
      if (loaded.ok() && (*loaded)->index->records.contains(seq)) return *loaded;
    }
  }
  return Error(StatusCode::kNotFound, "no segment contains it");
}

StatusOr<StoredRecord> SpooledRuns::Read(const RecordName& name) {
  const auto gone = [&] {
    return Error(StatusCode::kNotFound,
                 Cat("record ", Hex(name.run), "/", name.seq, " is no longer in the spool"));
  };
  SpooledRun* const run = FindRun(name.run);
  if (run == nullptr || !run->held.Contains(name.seq)) return gone();
  const auto found = Find(*run, name.seq);
  if (absl::IsNotFound(found.status())) {
    Lose(name.run, {name.seq, name.seq}, LossReason::kDamaged);
    return gone();
  }
  GODWIT_RETURN_IF_ERROR(found.status());
  const Loaded& segment = **found;
  const EntryPlace& place = segment.index->records.at(name.seq);
  const auto payload =
      ReadPayload(*segment.file, SegmentSeed(segment.name, segment.device_id), place);
  if (!payload.ok()) {
    if (absl::IsDataLoss(payload.status())) {
      Lose(name.run, {name.seq, name.seq}, LossReason::kDamaged);
    }
    return Annotate(payload.status(), Cat("record ", Hex(name.run), "/", name.seq));
  }
  StoredRecord record{.name = name};
  for (size_t i = 0; i < place.header.count; ++i) {
    record.tables.push_back(payload->substr(i * kTableIdSize, kTableIdSize));
  }
  record.batch = payload->substr(place.header.count * kTableIdSize);
  return record;
}

StatusOr<std::string> SpooledRuns::ReadTableFrom(SpooledRun& run, const SpooledSegment& segment,
                                                 const TableId& id) {
  GODWIT_ASSIGN_OR_RETURN(Loaded* const loaded, Load(run, segment));
  const auto found = loaded->index->tables.find(id);
  if (found == loaded->index->tables.end()) return Error(StatusCode::kNotFound, "no such table");
  GODWIT_ASSIGN_OR_RETURN(
      const std::string payload,
      ReadPayload(*loaded->file, SegmentSeed(loaded->name, loaded->device_id), found->second));
  return payload.substr(kTableIdSize);
}

// In the segment that was just read, else in any other, the newest first: its name is its hash.
StatusOr<std::string> SpooledRuns::ReadTable(const TableId& id) {
  const auto not_found = [&] {
    const auto since = missing_since_.find(id);
    const bool lost =
        since != missing_since_.end() && appends_ - since->second >= kTableAwaitedAppends;
    return Error(lost ? StatusCode::kDataLoss : StatusCode::kNotFound,
                 Cat("table ", Hex(id), " is not in the spool"));
  };
  if (missing_tables_.contains(id)) return not_found();
  Status unread;  // why a segment could not be asked
  const auto ask = [&](SpooledRun& run, const SpooledSegment& segment) {
    auto table = ReadTableFrom(run, segment, id);
    if (!table.ok() && !absl::IsNotFound(table.status()) && !absl::IsDataLoss(table.status())) {
      unread = table.status();
    }
    if (table.ok()) missing_since_.erase(id);
    return table;
  };
  if (loaded_) {
    if (auto table = ask(*FindRun(loaded_->name.run), *FindSegment(loaded_->name)); table.ok()) {
      return table;
    }
  }
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    if (run->unread)
      unread = Error(StatusCode::kUnavailable,
                     "spool: a run that may contain the table cannot be read at the moment");
    if (run->excluded()) continue;
    for (auto segment = run->segments.rbegin(); segment != run->segments.rend(); ++segment) {
      if (auto table = ask(*run, segment->second); table.ok()) return table;
    }
  }
  GODWIT_RETURN_IF_ERROR(unread);
  missing_tables_.insert(id);
  if (missing_since_.size() < kTablesAwaitedMax) missing_since_.try_emplace(id, appends_);
  return not_found();
}

std::set<TableId> SpooledRuns::TableIds() const {
  std::set<TableId> ids;
  if (loaded_) {
    for (const auto& [id, place] : loaded_->index->tables) ids.insert(id);
  }
  if (active_ != nullptr) {
    for (const auto& [id, place] : active_->index().tables) ids.insert(id);
  }
  return ids;
}

}  // namespace godwit::agent
