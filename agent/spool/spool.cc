#include "agent/spool/spool.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "base/check.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

ByteCount EntryBytes(ByteCount payload) {
  return kEntryHeaderBytes + payload;
}

// A header and its past runs, twice, and the losses; with room for some more losses, since dropping
// to make room makes losses.
ByteCount OpeningBytes(size_t past_runs, size_t losses) {
  const ByteCount header = EntryBytes(2 + 4 + kDeviceIdBytesMax + kBootIdSize + 3 * 8);
  return 2 * (header + EntryBytes(past_runs * 24)) + (losses + 4) * EntryBytes(32);
}

// What a record takes at most: itself and its tables, with a resync point.
ByteCount RecordBytes(const NewRecord& record) {
  constexpr ByteCount kResyncEntryMax = 512;
  ByteCount bytes = kResyncEntryMax;
  bytes += EntryBytes(record.tables.size() * kTableIdSize + record.batch.size());
  for (const SpoolTable& table : record.tables) {
    bytes += EntryBytes(kTableIdSize + table.encoded.size());
  }
  return bytes;
}

// A disk that has one of these may be well again later; the others need somebody.
bool IsDiskTrouble(const Status& status) {
  return status.code() == StatusCode::kResourceExhausted ||
         status.code() == StatusCode::kFailedPrecondition || status.code() == StatusCode::kInternal;
}

RunId DrawRun(Random& random) {
  RunId run = 0;
  while (run == 0) run = random.Next();
  return run;
}

}  // namespace

Spool::Spool(const SpoolOptions& options, FileSystem& files, Random& random)
    : options_(options),
      files_(files),
      run_(DrawRun(random)),
      runs_(files, ring_),
      quarantine_(files, options.path, options.device_id) {
  runs_.Begin(run_, options_.device_id);
}

StatusOr<std::unique_ptr<Spool>> Spool::Open(const SpoolOptions& options, FileSystem& files,
                                             Random& random, std::shared_ptr<FileLock> lock) {
  GODWIT_CHECK(options.max_bytes >= kSpoolBytesFloor);
  GODWIT_CHECK(!options.device_id.empty() && options.device_id.size() <= kDeviceIdBytesMax);
  std::unique_ptr<Spool> spool(new Spool(options, files, random));
  spool->lock_ = std::move(lock);
  Status status = spool->Attach();
  if (!status.ok() && !IsDiskTrouble(status)) return Annotate(status, "open spool");
  // The run's own segment at once: a run that dies before its first record is known of, too.
  if (status.ok()) status = spool->OpenSegment();
  spool->NoteDisk(status);
  return spool;
}

Seq Spool::TakeSeq() {
  const Seq seq = next_seq_++;
  runs_.current().last_seq = seq;
  return seq;
}

Appended Spool::Append(NewRecord record) {
  GODWIT_CHECK(record.tables.size() <= kTablesPerRecordMax);
  appended_bytes_ += RecordBytes(record);
  runs_.NoteAppend();
  if (RecordBytes(record) > options_.max_bytes / 4) {
    if (!std::exchange(logged_too_large_, true)) {
      LogError(Cat("spool: a record of ", RecordBytes(record),
                   " bytes is too large for a spool of ", SizeText(options_.max_bytes),
                   "; raise spool.max_bytes"));
    }
    return {Lose(LossReason::kTooLarge), Appended::Fate::kLost};
  }
  Relist();
  if (runs_.current().segments.empty()) OpenSegment().IgnoreError();
  const RecordName name{run_, TakeSeq()};
  runs_.current().held.Add(name.seq);
  ring_.Add(name.seq, std::move(record));
  NoteDisk(WriteRing());
  BoundRing();
  if (!runs_.current().held.Contains(name.seq)) return {name, Appended::Fate::kLost};
  return {name, ring_.Find(name.seq) ? Appended::Fate::kInMemory : Appended::Fate::kSafe};
}

RecordName Spool::Lose(LossReason reason) {
  const RecordName name{run_, TakeSeq()};
  runs_.losses().Add({run_, {name.seq, name.seq}, reason});
  ++lost_batches_;
  return name;
}

Status Spool::WriteRing() {
  bool tried_again = false;
  while (!ring_.empty()) {
    const Status status = WriteSome();
    if (status.ok()) continue;
    // Full by its own bound: there is nothing wrong with the disk.
    if (absl::IsOutOfRange(status)) return absl::OkStatus();
    AbandonActive();
    if (std::exchange(tried_again, true)) return status;
  }
  return absl::OkStatus();
}

// As many of the waiting records as fit the segment, with one sync.
Status Spool::WriteSome() {
  const auto first_needs = [&] { return RecordBytes(ring_.records().begin()->second); };
  // The next segment says so, and what is all that says so now may go.
  if (NoteGrownRuns()) AbandonActive();
  if (active_ != nullptr && active_->bytes() + first_needs() > SegmentBytes() &&
      !active_->index().records.empty()) {
    AbandonActive();
  }
  GODWIT_RETURN_IF_ERROR(Attach());
  GODWIT_RETURN_IF_ERROR(MakeRoom(first_needs() + kDiskBlockBytes + KeptFree() +
                                  (active_ == nullptr ? OpeningNeeds() : 0)));
  if (active_ == nullptr) GODWIT_RETURN_IF_ERROR(StartSegment());
  // Records dropped to make room are reported before those that took their place.
  LossList named;
  for (const Loss& loss : active_->index().losses) named.Add(loss);
  for (const Loss& loss : runs_.losses().All()) {
    if (!named.Contains(loss)) active_->AddLoss(loss);
  }
  std::vector<Seq> written;
  for (const auto& [seq, record] : ring_.records()) {
    const ByteCount needed = RecordBytes(record);
    // For the first one there is room: it was made above. Asking the disk again costs a hop to its
    // thread.
    const auto fits = [&] {
      return active_->bytes() + needed <= SegmentBytes() &&
             runs_.bytes() + needed + kDiskBlockBytes + KeptFree() <= Bound();
    };
    if (!written.empty() && !fits()) break;
    active_->AddRecord(seq, record);
    runs_.active_segment().bytes = active_->bytes();
    written.push_back(seq);
  }
  GODWIT_RETURN_IF_ERROR(active_->Commit());
  if (ActiveIsLost()) {
    return Error(StatusCode::kNotFound, Cat("segment ", runs_.active_segment().path, " is gone"));
  }
  LogDebug(Cat("spool: on the disk: run ", Hex(run_), ", records ", written.front(), " to ",
               written.back()));
  runs_.active_segment().last_seq = written.back();
  for (const Seq seq : written) {
    for (const SpoolTable& table : ring_.Find(seq)->tables) runs_.NoteTable(table.id);
    ring_.Remove(seq);
  }
  return absl::OkStatus();
}

// Opens a segment without a record: the only trace of this run until it has one.
Status Spool::OpenSegment() {
  GODWIT_RETURN_IF_ERROR(Attach());
  GODWIT_RETURN_IF_ERROR(MakeRoom(OpeningNeeds()));
  return StartSegment();
}

Status Spool::StartSegment() {
  const Seq first_seq = ring_.empty() ? next_seq_ : ring_.records().begin()->first;
  const SegmentHeader header{.device_id = options_.device_id,
                             .boot_id = options_.boot_id,
                             .run = run_,
                             .run_number = run_number_,
                             .first_seq = first_seq};
  SegmentName name{.run = run_, .first_seq = first_seq};
  // One that failed before its first record: its file stays until this one is durable, since it may
  // be the only trace of this run.
  if (const auto attempt = runs_.LastAttempt(first_seq)) name.attempt = *attempt + 1;
  // Likewise one that was moved away, and may be put back.
  if (lost_name_.first_seq == first_seq && lost_name_.attempt >= name.attempt) {
    name.attempt = lost_name_.attempt + 1;
  }
  const std::string path = Cat(options_.path, "/", SegmentFileName(name));
  auto created = files_.Create(path);
  // What somebody put there is not ours to write to, and the name after it is as good.
  if (absl::IsAlreadyExists(created.status())) lost_name_ = name;
  GODWIT_ASSIGN_OR_RETURN(auto file, std::move(created));
  auto writer = SegmentWriter::Begin(std::move(file), header, past_runs_, runs_.losses().All());
  Status status = writer.status();
  if (status.ok()) status = files_.SyncDirectory(options_.path);
  if (!status.ok()) {
    // Frees the name for the next try; a disk that refuses this too keeps the file, and it counts.
    const Status removed = files_.Remove(path);
    if (removed.ok() || absl::IsNotFound(removed)) return status;
    runs_.current().segments[KeyOf(name)] = {
        .path = path, .name = name, .last_seq = first_seq - 1, .durable = false};
    return status;
  }
  active_ = *std::move(writer);
  runs_.SetActive(
      active_.get(),
      {.path = path, .name = name, .bytes = active_->bytes(), .last_seq = first_seq - 1},
      past_runs_);
  return absl::OkStatus();
}

ByteCount Spool::OpeningNeeds() const {
  return kDiskBlockBytes + OpeningBytes(past_runs_.size(), runs_.losses().All().size());
}

// A spool that refuses what is new still has room for the beginning of the next run, or nobody
// would ever know of that one. Twice: the newest segment stays until there is another.
ByteCount Spool::KeptFree() const {
  return options_.when_full == WhenFull::kDropNewest ? 2 * OpeningNeeds() : 0;
}

ByteCount Spool::SegmentBytes() const {
  return std::min(options_.segment_bytes, options_.max_bytes / kSegmentsPerSpoolMin);
}

ByteCount Spool::BytesMax() const {
  return options_.max_bytes - std::min(quarantine_.bytes(), options_.max_bytes / kQuarantineShare);
}

ByteCount Spool::Bound() const {
  const ByteCount max = BytesMax();
  const auto space = files_.FreeSpace(options_.path);
  if (!space.ok()) return max;
  const auto reserve =
      static_cast<ByteCount>(static_cast<double>(space->total) * options_.reserve_free);
  if (space->available >= reserve) return max;
  // The least a spool works with is ours also on a disk that is always this full, and room for the
  // segment that takes the place of the newest.
  return std::min(max, std::max({runs_.bytes(), kSpoolBytesMin, 2 * SegmentBytes()}));
}

// kOutOfRange when the spool is full and may not, or need not, drop its oldest.
Status Spool::MakeRoom(ByteCount needed) {
  const ByteCount bound = Bound();
  if (runs_.bytes() + needed > bound) runs_.Trim();
  while (runs_.bytes() + needed > bound) {
    if (options_.when_full == WhenFull::kDropNewest) {
      return Error(StatusCode::kOutOfRange, "the spool is full (drop-newest)");
    }
    if (!runs_.DropOldest()) {
      return Error(StatusCode::kResourceExhausted, Cat("no room within ", SizeText(bound),
                                                       ", and no record of this device to drop"));
    }
  }
  return absl::OkStatus();
}

// Logged when it changes.
void Spool::NoteDisk(const Status& status) {
  if (!status.ok() && disk_.ok()) {
    LogError(
        Cat("spool: the disk takes no records, so they are kept in memory: ", Message(status)));
  }
  if (status.ok() && !disk_.ok()) {
    LogInfo(
        Cat("spool: the disk takes records again; records lost since the start: ", lost_records()));
  }
  disk_ = status;
}

void Spool::BoundRing() {
  const bool newest_goes = options_.when_full == WhenFull::kDropNewest;
  // Full by its own bound, the spool keeps what it has and nothing in memory either.
  const ByteCount bound = disk_.ok() ? 0 : options_.ring_bytes;
  while (ring_.bytes() > bound) {
    const auto goes = newest_goes ? std::prev(ring_.records().end()) : ring_.records().begin();
    const Seq seq = goes->first;
    // It was on the disk once, and somebody took it from there.
    const LossReason reason = seq <= last_taken_back_ ? LossReason::kDamaged
                              : disk_.ok()            ? LossReason::kSpoolFull
                                                      : LossReason::kDiskFailed;
    ring_.Remove(seq);
    runs_.Lose(run_, {seq, seq}, reason);
  }
}

void Spool::SetBounds(const SpoolOptions& options) {
  options_.max_bytes = options.max_bytes;
  options_.when_full = options.when_full;
  options_.reserve_free = options.reserve_free;
}

void Spool::End() {
  // Once more if the segment was taken away under the end.
  for (int tries = 0; tries < 2; ++tries) {
    if (ring_.empty() && active_ == nullptr) NoteDisk(OpenSegment());
    if (!ring_.empty()) NoteDisk(WriteRing());
    if (!ring_.empty() || active_ == nullptr) return;
    active_->Add({.type = EntryType::kEnd, .seq = next_seq_ - 1}, {});
    if (const Status status = active_->Commit(); !status.ok()) NoteDisk(status);
    if (!AbandonActive()) return;
  }
}

}  // namespace godwit::agent
