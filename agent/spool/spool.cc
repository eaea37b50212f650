#include "agent/spool/spool.h"

#include <algorithm>
#include <tuple>

#include "agent/limits.h"
#include "base/check.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr std::string_view kLockName = "lock";

ByteCount EntryBytes(ByteCount payload) {
  return kEntryHeaderBytes + payload;
}

// What a record takes at most: itself, its tables, and a segment header in front.
ByteCount BytesNeeded(const NewRecord& record) {
  ByteCount bytes = kSegmentHeaderBytesMax;
  bytes += EntryBytes(record.tables.size() * kTableIdSize + record.batch.size());
  for (const SpoolTable& table : record.tables) {
    bytes += EntryBytes(kTableIdSize + table.encoded.size());
  }
  return bytes;
}

}  // namespace

StatusOr<std::unique_ptr<Spool>> Spool::Open(const SpoolOptions& options, FileSystem& files,
                                             Random& random) {
  GODWIT_CHECK(options.max_bytes >= kSpoolBytesMin);
  GODWIT_CHECK(!options.device_id.empty() && options.device_id.size() <= kDeviceIdBytesMax);
  std::unique_ptr<Spool> spool(new Spool(options, files, random));
  GODWIT_RETURN_IF_ERROR(Annotate(spool->Recover(), "open spool"));
  return spool;
}

Status Spool::Recover() {
  GODWIT_RETURN_IF_ERROR(files_.CreateDirectories(options_.path));
  GODWIT_ASSIGN_OR_RETURN(lock_, files_.Lock(Cat(options_.path, "/", kLockName)));
  GODWIT_ASSIGN_OR_RETURN(const auto names, files_.List(options_.path));
  for (const std::string& file_name : names) {
    if (const auto name = ParseSegmentFileName(file_name)) LoadSegment(file_name, *name);
  }
  OrderSegments();
  for (const RunState& state : Runs()) {
    follows_run_ = state.run;
    follows_last_seq_ = state.last_seq;
  }
  for (const Segment& segment : segments_) {
    run_number_ = std::max(run_number_, segment.header.run_number + 1);
  }
  do {
    run_ = random_.Next();
  } while (run_ == 0);
  return absl::OkStatus();
}

void Spool::LoadSegment(const std::string& file_name, const SegmentName& name) {
  Segment segment{.path = Cat(options_.path, "/", file_name)};
  // The name is believed until the header says better: an unreadable segment keeps its place.
  segment.header.run = name.run;
  segment.header.first_seq = name.first_seq;
  if (auto scan = ScanSegment(files_, segment.path); scan.ok()) {
    segment.header = scan->header;
    segment.bytes = scan->file_bytes;
    segment.foreign = scan->header.device_id != options_.device_id;
    damaged_bytes_ += scan->damaged_bytes;
    if (scan->damaged_bytes > 0) {
      LogWarning(Cat("spool: ", file_name, ": skipped ", scan->damaged_bytes, " damaged bytes"));
    }
    for (const EntryPlace& place : scan->entries) {
      if (place.header.type == EntryType::kRecord) segment.records[place.header.seq] = place;
    }
    const auto file = files_.Open(segment.path);
    for (const EntryPlace& place : scan->entries) {
      if (place.header.type != EntryType::kTable || !file.ok()) continue;
      if (const auto payload = ReadPayload(**file, segment.header.run, place); payload.ok()) {
        segment.tables[payload->substr(0, kTableIdSize)] = place;
      }
    }
    if (segment.foreign) {
      LogWarning(Cat("spool: ", file_name, " belongs to device '", segment.header.device_id,
                     "': kept, not sent"));
    }
  } else {
    segment.readable = false;
    if (const auto file = files_.Open(segment.path); file.ok()) {
      if (const auto size = (*file)->Size(); size.ok()) segment.bytes = *size;
    }
    LogWarning(Cat("spool: kept but unreadable: ", Message(scan.status())));
  }
  segments_.push_back(std::move(segment));
}

// Oldest first, by run number. (The chain of "follows" would not do: trimmed segments that a power
// cut brought back may be the only ones left of their run, with the links between them gone.)
// Copies of one card give one number to several runs; those tie by their first time.
void Spool::OrderSegments() {
  std::map<RunId, uint64_t> numbers;
  for (const Segment& segment : segments_) {
    uint64_t& number = numbers[segment.header.run];
    number = std::max(number, segment.header.run_number);
  }
  segments_.sort([&](const Segment& a, const Segment& b) {
    const auto rank = [&](const Segment& s) {
      const int64_t first_time =
          s.records.empty() ? 0 : s.records.begin()->second.header.first_unix_ns;
      return std::tuple(numbers[s.header.run], first_time, s.header.run, s.header.first_seq);
    };
    if (a.header.run == b.header.run) return a.header.first_seq < b.header.first_seq;
    return rank(a) < rank(b);
  });
}

// The failed segment is never written to again. Without a record it has nothing to keep; removing
// it frees the room and the name.
void Spool::AbandonActive() {
  active_.reset();
  if (!segments_.back().records.empty()) return;
  files_.Remove(segments_.back().path).IgnoreError();
  segments_.pop_back();
}

StatusOr<RecordName> Spool::Append(const NewRecord& record) {
  GODWIT_CHECK(record.tables.size() <= kTablesPerRecordMax);
  const ByteCount needed = BytesNeeded(record);
  if (needed > options_.max_bytes / 2) {
    return Error(StatusCode::kResourceExhausted,
                 Cat("append: a record of ", needed, " bytes is too large for a spool of ",
                     SizeText(options_.max_bytes), "; raise spool.max_bytes"));
  }
  GODWIT_RETURN_IF_ERROR(MakeRoom(needed));
  GODWIT_RETURN_IF_ERROR(StartSegment(needed));
  if (const Status status = AppendToActive(record); !status.ok()) {
    AbandonActive();
    return Annotate(status, "append");
  }
  return RecordName{run_, next_seq_++};
}

Status Spool::StartSegment(ByteCount needed) {
  const ByteCount segment_bytes =
      std::min(options_.segment_bytes, options_.max_bytes / kSegmentsPerSpoolMin);
  if (active_ != nullptr && active_->bytes() + needed <= segment_bytes) return absl::OkStatus();
  active_.reset();
  const SegmentName name{.run = run_, .first_seq = next_seq_};
  Segment segment{.path = Cat(options_.path, "/", SegmentFileName(name)),
                  .header = {.device_id = options_.device_id,
                             .run = run_,
                             .run_number = run_number_,
                             .follows_run = follows_run_,
                             .follows_last_seq = follows_last_seq_,
                             .first_seq = next_seq_}};
  GODWIT_ASSIGN_OR_RETURN(
      active_, SegmentWriter::Create(files_, options_.path, SegmentFileName(name), segment.header));
  segment.bytes = active_->bytes();
  segments_.push_back(std::move(segment));
  return absl::OkStatus();
}

Status Spool::AppendToActive(const NewRecord& record) {
  Segment& segment = segments_.back();
  std::map<TableId, EntryPlace> new_tables;
  std::string payload;
  for (const SpoolTable& table : record.tables) {
    payload.append(table.id);
    if (segment.tables.contains(table.id)) continue;
    new_tables[table.id] =
        active_->Add({.type = EntryType::kTable, .table_count = 1}, Cat(table.id, table.encoded));
  }
  payload.append(record.batch);
  const EntryHeader header{.type = EntryType::kRecord,
                           .table_count = static_cast<uint8_t>(record.tables.size()),
                           .seq = next_seq_,
                           .first_unix_ns = record.first_unix_ns,
                           .last_unix_ns = record.last_unix_ns};
  const EntryPlace place = active_->Add(header, payload);
  const Status status = active_->Commit();
  segment.bytes = active_->bytes();
  if (!status.ok()) return status;
  segment.tables.merge(new_tables);
  segment.records[next_seq_] = place;
  return absl::OkStatus();
}

ByteCount Spool::Bound() const {
  const auto space = files_.FreeSpace(options_.path);
  if (!space.ok()) return options_.max_bytes;
  const auto reserve =
      static_cast<ByteCount>(static_cast<double>(space->total) * options_.reserve_free);
  if (space->available >= reserve) return options_.max_bytes;
  ByteCount held = 0;
  for (const Segment& segment : segments_) held += segment.bytes;
  return std::min(held, options_.max_bytes);
}

Status Spool::MakeRoom(ByteCount needed) {
  const ByteCount bound = Bound();
  ByteCount held = 0;
  for (const Segment& segment : segments_) held += segment.bytes;
  if (held + needed <= bound) return absl::OkStatus();
  if (options_.when_full == WhenFull::kDropNewest) {
    return Error(StatusCode::kResourceExhausted,
                 Cat("append: the spool is full (", SizeText(bound), ", drop-newest)"));
  }
  while (held + needed > bound && !segments_.empty()) {
    held -= segments_.front().bytes;
    DropOldest();
  }
  return absl::OkStatus();
}

void Spool::DropOldest() {
  const Segment& oldest = segments_.front();
  uint64_t lost = 0;
  for (const auto& [seq, place] : oldest.records) lost += !IsSettled(oldest.header.run, seq);
  if (segments_.size() == 1) active_.reset();
  if (const Status status = files_.Remove(oldest.path); !status.ok()) {
    LogError(Cat("spool: ", Message(status)));
  }
  if (lost > 0) {
    LogWarning(Cat("spool: full: dropped ", lost, " records of run ", Hex(oldest.header.run)));
  }
  dropped_records_ += lost;
  segments_.pop_front();
}

std::vector<RunState> Spool::Runs() const {
  std::vector<RunState> runs;
  std::map<RunId, Seq> last_by_follower;
  for (const Segment& segment : segments_) {
    if (!segment.readable || segment.foreign) continue;
    if (runs.empty() || runs.back().run != segment.header.run) {
      runs.push_back({.run = segment.header.run,
                      .follows_run = segment.header.follows_run,
                      .follows_last_seq = segment.header.follows_last_seq});
      last_by_follower[segment.header.follows_run] = segment.header.follows_last_seq;
    }
    RunState& state = runs.back();
    // A segment proves that all before its first seq once existed.
    state.last_seq = std::max(state.last_seq, segment.header.first_seq - 1);
    for (const auto& [seq, place] : segment.records) {
      state.held.Add(seq);
      state.last_seq = std::max(state.last_seq, seq);
    }
  }
  if (run_ != 0 && (runs.empty() || runs.back().run != run_)) {
    runs.push_back(
        {.run = run_, .follows_run = follows_run_, .follows_last_seq = follows_last_seq_});
  }
  if (run_ != 0) runs.back().last_seq = next_seq_ - 1;
  last_by_follower[follows_run_] = follows_last_seq_;
  for (RunState& state : runs) {
    state.last_seq = std::max(state.last_seq, last_by_follower[state.run]);
  }
  return runs;
}

std::vector<TableId> Spool::TableIds() const {
  std::set<TableId> ids;
  for (const Segment& segment : segments_) {
    if (segment.foreign) continue;
    for (const auto& [id, place] : segment.tables) ids.insert(id);
  }
  return {ids.begin(), ids.end()};
}

StatusOr<std::string> Spool::ReadTable(const TableId& id) const {
  for (const Segment& segment : segments_) {
    const auto found = segment.tables.find(id);
    if (found == segment.tables.end() || segment.foreign) continue;
    GODWIT_ASSIGN_OR_RETURN(const auto file, files_.Open(segment.path));
    const auto payload = ReadPayload(*file, segment.header.run, found->second);
    if (payload.ok()) return payload->substr(kTableIdSize);
  }
  return Error(StatusCode::kNotFound, Cat("table ", Hex(id), " is not in the spool"));
}

std::optional<RecordName> Spool::Next(std::optional<RecordName> after) const {
  bool started = !after.has_value();
  // A cursor into a run that was dropped since starts again at the oldest.
  if (!started) {
    started = std::none_of(segments_.begin(), segments_.end(),
                           [&](const Segment& s) { return s.header.run == after->run; });
    if (started) after.reset();
  }
  for (const Segment& segment : segments_) {
    const bool in_run = after && segment.header.run == after->run;
    started = started || in_run;
    if (!started || segment.foreign) continue;
    auto at = in_run ? segment.records.upper_bound(after->seq) : segment.records.begin();
    for (; at != segment.records.end(); ++at) {
      if (!IsSettled(segment.header.run, at->first))
        return RecordName{segment.header.run, at->first};
    }
  }
  return std::nullopt;
}

const Spool::Segment* Spool::Find(const RecordName& name) const {
  for (const Segment& segment : segments_) {
    if (segment.header.run == name.run && !segment.foreign && segment.records.contains(name.seq)) {
      return &segment;
    }
  }
  return nullptr;
}

void Spool::Forget(const RecordName& name) {
  for (Segment& segment : segments_) {
    if (segment.header.run == name.run) forgotten_records_ += segment.records.erase(name.seq);
  }
}

StatusOr<StoredRecord> Spool::Read(const RecordName& name) const {
  const Segment* segment = Find(name);
  if (segment == nullptr) {
    return Error(StatusCode::kNotFound,
                 Cat("record ", Hex(name.run), "/", name.seq, " is no longer in the spool"));
  }
  const EntryPlace& place = segment->records.at(name.seq);
  GODWIT_ASSIGN_OR_RETURN(const auto file, files_.Open(segment->path));
  GODWIT_ASSIGN_OR_RETURN(const std::string payload,
                          ReadPayload(*file, segment->header.run, place));
  StoredRecord record{.name = name};
  for (size_t i = 0; i < place.header.table_count; ++i) {
    record.tables.push_back(payload.substr(i * kTableIdSize, kTableIdSize));
  }
  record.batch = payload.substr(place.header.table_count * kTableIdSize);
  return record;
}

void Spool::ReplaceSettled(const std::map<RunId, SeqSet>& settled) {
  settled_ = settled;
  Trim();
}

void Spool::AddSettled(RunId run, SeqRange seqs) {
  settled_[run].Add(seqs);
  Trim();
}

void Spool::Trim() {
  if (segments_.empty()) return;
  const auto newest = std::prev(segments_.end());
  for (auto at = segments_.begin(); at != newest;) {
    if (!at->readable || at->foreign || !IsSettled(*at)) {
      ++at;
      continue;
    }
    // A name that is back after a power cut costs one more answer from the collector, nothing else;
    // so the folder is not synced here.
    if (const Status status = files_.Remove(at->path); !status.ok()) {
      LogError(Cat("spool: trim: ", Message(status)));
    }
    at = segments_.erase(at);
  }
}

bool Spool::IsSettled(const Segment& segment) const {
  return std::all_of(segment.records.begin(), segment.records.end(),
                     [&](const auto& entry) { return IsSettled(segment.header.run, entry.first); });
}

bool Spool::IsSettled(RunId run, Seq seq) const {
  const auto found = settled_.find(run);
  return found != settled_.end() && found->second.Contains(seq);
}

SpoolStats Spool::stats() const {
  SpoolStats stats{
      .bound = Bound(), .dropped_records = dropped_records_, .damaged_bytes = damaged_bytes_};
  for (const Segment& segment : segments_) {
    stats.bytes += segment.bytes;
    stats.records += segment.records.size();
    stats.foreign_segments += segment.foreign;
  }
  return stats;
}

}  // namespace godwit::agent
