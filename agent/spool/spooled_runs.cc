#include "agent/spool/spooled_runs.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "agent/limits.h"
#include "base/check.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
void SpooledRuns::PutInFront(RecoveredSpool recovered) {
  for (const Loss& loss : recovered.losses.All()) losses_.Add(loss);
  SpooledRun being_written = std::move(current());
  runs_ = std::move(recovered.runs);
  std::erase_if(runs_, [&](const SpooledRun& run) { return run.id == being_written.id; });
  runs_.push_back(std::move(being_written));
  if (loaded_ && FindRun(loaded_->name.run) == nullptr) loaded_.reset();
  ++changes_;
}

SpooledRun& SpooledRuns::Begin(RunId run, const std::string& device_id) {
  SpooledRun& begun = runs_.emplace_back();
  begun.id = run;
  begun.device_id = device_id;
  return begun;
}

void SpooledRuns::SetActive(const SegmentWriter* writer, const SpooledSegment& segment,
                            const std::vector<PastRun>& past_runs) {
  current().past_runs = past_runs;
  active_ = writer;
  active_name_ = segment.name;
  missing_tables_.clear();
  auto& segments = current().segments;
  for (auto at = segments.lower_bound({segment.name.first_seq, 0}); at != segments.end();) {
    at = RemoveFile(at->second).ok() ? segments.erase(at) : std::next(at);
  }
  segments[KeyOf(segment.name)] = segment;
  segments[KeyOf(segment.name)].certain = true;
}

void SpooledRuns::ClearActive() {
  if (active_ != nullptr && loaded_ && loaded_->index == &active_->index()) loaded_.reset();
  active_ = nullptr;
}

SpooledRun* SpooledRuns::FindRun(RunId id) {
  const auto found =
      std::find_if(runs_.begin(), runs_.end(), [&](const SpooledRun& run) { return run.id == id; });
  return found == runs_.end() ? nullptr : &*found;
}

const SeqSet& SpooledRuns::SettledOf(RunId run) const {
  static const SeqSet none;
  const auto found = settled_.find(run);
  return found == settled_.end() ? none : found->second;
}

std::optional<RecordName> SpooledRuns::Next(std::optional<RecordName> after) const {
  auto run = runs_.begin();
  Seq from = 0;
  if (after) {
    run = std::find_if(runs_.begin(), runs_.end(),
                       [&](const SpooledRun& other) { return other.id == after->run; });
    // A cursor into a run that is gone starts again at the oldest.
    if (run == runs_.end()) {
      run = runs_.begin();
    } else {
      from = after->seq + 1;
    }
  }
  for (; run != runs_.end(); ++run, from = 0) {
    if (const auto seq = run->held.FirstNotIn(SettledOf(run->id), from)) {
      return RecordName{run->id, *seq};
    }
  }
  return std::nullopt;
}

StatusOr<SpooledRuns::Loaded*> SpooledRuns::Load(SpooledRun& run, const SpooledSegment& segment) {
  if (loaded_ && loaded_->name == segment.name) return loaded_.get();
  loaded_.reset();
  auto file = files_.Open(segment.path);
  if (absl::IsNotFound(file.status())) Lose(run.id, segment.seqs(), LossReason::kDamaged);
  if (!file.ok()) return NoteUnreadable(segment, file.status());
  loaded_ = std::make_unique<Loaded>();
  Loaded& loaded = *loaded_;
  loaded.name = segment.name;
  loaded.device_id = run.device_id;
  loaded.file = *std::move(file);
  if (IsActive(run, segment)) {
    loaded.index = &active_->index();
    return &loaded;
  }
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

void SpooledRuns::Reconcile(SpooledRun& run, const SpooledSegment& segment,
                            const SegmentIndex& index) {
  SeqSet gone;
  for (const SeqRange& range : run.held.Ranges()) {
    const SeqRange both{std::max(range.first, segment.name.first_seq),
                        std::min(range.last, segment.last_seq)};
    if (both.first <= both.last) gone.Add(both);
  }
  for (const auto& [seq, place] : index.records) gone.Remove({seq, seq});
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
  run.segments.at(KeyOf(segment.name)).certain = true;
}

StatusOr<StoredRecord> SpooledRuns::Read(const RecordName& name) {
  const auto gone = [&] {
    return Error(StatusCode::kNotFound,
                 Cat("record ", Hex(name.run), "/", name.seq, " is no longer in the spool"));
  };
  SpooledRun* const run = FindRun(name.run);
  if (run == nullptr || !run->held.Contains(name.seq)) return gone();
  auto segment = run->segments.upper_bound({name.seq, std::numeric_limits<uint16_t>::max()});
  if (segment == run->segments.begin()) return gone();
  --segment;
  GODWIT_ASSIGN_OR_RETURN(Loaded* const loaded, Load(*run, segment->second));
  const auto found = loaded->index->records.find(name.seq);
  if (found == loaded->index->records.end()) return gone();
  const EntryPlace& place = found->second;
  const auto payload =
      ReadPayload(*loaded->file, SegmentSeed(loaded->name, loaded->device_id), place);
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
    const bool given_up =
        since != missing_since_.end() && appends_ - since->second >= kTableAwaitedAppends;
    return Error(given_up ? StatusCode::kDataLoss : StatusCode::kNotFound,
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
    SpooledRun* const run = FindRun(loaded_->name.run);
    const auto segment = run->segments.find(KeyOf(loaded_->name));
    GODWIT_CHECK(segment != run->segments.end());
    if (auto table = ask(*run, segment->second); table.ok()) return table;
  }
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    if (run->unread)
      unread = Error(StatusCode::kUnavailable,
                     "spool: a run cannot be read at the moment, and may have the table");
    if (run->set_aside()) continue;
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

void SpooledRuns::ReplaceSettled(const std::map<RunId, SeqSet>& settled,
                                 const std::map<RunId, SeqSet>& reported) {
  settled_ = settled;
  for (const auto& [id, held] : reported) {
    SeqSet gone = held;
    if (const SpooledRun* const run = FindRun(id)) {
      for (const SeqRange& range : run->held.Ranges()) gone.Remove(range);
    }
    for (const SeqRange& range : SettledOf(id).Ranges()) gone.Remove(range);
    if (!gone.empty()) ++changes_;
  }
  Trim();
}

void SpooledRuns::AddSettled(RunId run, SeqRange seqs) {
  settled_[run].Add(seqs);
  Trim();
}

bool SpooledRuns::IsSettled(const RecordName& name) const {
  return SettledOf(name.run).Contains(name.seq);
}

bool SpooledRuns::IsHeld(const RecordName& name) const {
  return std::any_of(runs_.begin(), runs_.end(), [&](const SpooledRun& run) {
    return run.id == name.run && !run.set_aside() && run.held.Contains(name.seq);
  });
}

std::optional<RecordName> SpooledRuns::NewestUnsettled(
    const std::set<RecordName>& least_wanted) const {
  std::optional<RecordName> newest;
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    if (run->set_aside()) continue;
    SeqSet unsettled = run->held;
    for (const SeqRange& settled : SettledOf(run->id).Ranges()) unsettled.Remove(settled);
    while (!unsettled.empty()) {
      const RecordName name{run->id, unsettled.Ranges().back().last};
      if (!newest) newest = name;
      if (!least_wanted.contains(name)) return name;
      unsettled.Remove({name.seq, name.seq});
    }
  }
  return newest;
}

uint64_t SpooledRuns::UnsettledRecords() const {
  uint64_t records = 0;
  for (const SpooledRun& run : runs_) {
    if (run.set_aside()) continue;
    SeqSet unsettled = run.held;
    for (const SeqRange& settled : SettledOf(run.id).Ranges()) unsettled.Remove(settled);
    records += unsettled.Count();
  }
  return records;
}

bool SpooledRuns::IsActive(const SpooledRun& run, const SpooledSegment& segment) const {
  return active_ != nullptr && run.id == runs_.back().id && segment.name == active_name_;
}

bool SpooledRuns::MayBeTrimmed(const SpooledRun& run, const SpooledSegment& segment) const {
  const bool last = segment.name == run.segments.rbegin()->second.name;
  if (run.set_aside() || (last && run.uncertain)) return false;
  if (segment.empty()) return true;
  const auto unsettled = run.held.FirstNotIn(SettledOf(run.id), segment.name.first_seq);
  return (!unsettled || *unsettled > segment.last_seq) && !losses_.Touches(run.id, segment.seqs());
}

bool SpooledRuns::IsNeeded(const SpooledRun& run, const SpooledSegment& segment) const {
  if (run.foreign) return false;
  const auto durable = [](const auto& entry) { return entry.second.durable; };
  const auto has_durable = [&](const SpooledRun& other) {
    return std::any_of(other.segments.begin(), other.segments.end(), durable);
  };
  for (const auto& [key, other] : run.segments) {
    if (other.durable && key > KeyOf(segment.name)) return false;
  }
  if (run.id == runs_.back().id) return segment.durable;
  // A list that is full has no place for older runs.
  const auto names = [&](const SpooledRun& other) {
    return other.past_runs.size() >= kPastRunsMax ||
           std::any_of(other.past_runs.begin(), other.past_runs.end(),
                       [&](const PastRun& past) { return past.run == run.id; });
  };
  return std::none_of(runs_.begin(), runs_.end(), [&](const SpooledRun& other) {
    return !other.set_aside() && has_durable(other) && names(other);
  });
}

void SpooledRuns::Trim() {
  for (SpooledRun& run : runs_) {
    for (auto at = run.segments.begin(); at != run.segments.end();) {
      const SpooledSegment& segment = at->second;
      // A name that is back after a power cut costs one more answer from the collector, nothing
      // else; so the folder is not synced here.
      if (!MayBeTrimmed(run, segment) || IsNeeded(run, segment) || !RemoveFile(segment).ok()) {
        ++at;
        continue;
      }
      if (!segment.empty()) run.held.Remove(segment.seqs());
      at = run.segments.erase(at);
    }
  }
  const RunId written = runs_.back().id;
  std::erase_if(runs_,
                [&](const SpooledRun& run) { return run.segments.empty() && run.id != written; });
}

Status SpooledRuns::RemoveFile(const SpooledSegment& segment) {
  if (loaded_ && loaded_->name == segment.name) loaded_.reset();
  const Status status = files_.Remove(segment.path);
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

bool SpooledRuns::DropOldest() {
  for (const bool foreign : {false, true}) {
    for (SpooledRun& run : runs_) {
      if (run.unread || run.foreign != foreign || run.segments.empty()) continue;
      const auto oldest = run.segments.begin();
      const SpooledSegment segment = oldest->second;
      if (IsNeeded(run, segment) || (run.uncertain && run.segments.size() == 1)) continue;
      // Its name also covers records of later segments that were trimmed since; those are not lost
      // for lack of room. A segment that cannot be read at the moment is kept.
      if (!segment.empty() && !segment.certain) {
        const auto loaded = Load(run, segment);
        if (!loaded.ok() && !absl::IsNotFound(loaded.status())) continue;
      }
      if (!RemoveFile(segment).ok()) return false;
      run.segments.erase(oldest);
      if (!segment.empty()) Lose(run.id, segment.seqs(), LossReason::kSpoolFull);
      // Once, twice, four, eight … times: a spool that stays full does not flood the log.
      if (std::has_single_bit(++dropped_segments_)) {
        LogWarning(Cat("spool: full: dropped the oldest, ", dropped_segments_,
                       " segments so far; records lost: ", lost_records_));
      }
      return true;
    }
  }
  return false;
}

// Only what was held, and not settled, is a loss.
void SpooledRuns::Lose(RunId id, SeqRange seqs, std::optional<LossReason> reason) {
  SpooledRun* const run = FindRun(id);
  SeqSet gone({seqs});
  for (const SeqRange& not_held : run->held.Missing(seqs)) gone.Remove(not_held);
  run->held.Remove(seqs);
  for (const SeqRange& settled : SettledOf(id).Ranges()) gone.Remove(settled);
  for (const SeqRange& range : gone.Ranges()) {
    if (reason) losses_.Add({id, range, *reason});
  }
  lost_records_ += gone.Count();
}

ByteCount SpooledRuns::bytes() const {
  ByteCount bytes = 0;
  for (const SpooledRun& run : runs_) {
    for (const auto& [key, segment] : run.segments) bytes += DiskBlocks(segment.bytes);
  }
  return bytes;
}

}  // namespace godwit::agent
