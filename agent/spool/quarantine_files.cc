#include "agent/spool/quarantine_files.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "agent/limits.h"
#include "agent/spool/segment_writer.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr std::string_view kRejectedSuffix = ".rejected";
constexpr std::string_view kConflictSuffix = ".conflict";

}  // namespace

std::string QuarantineFileName(const RecordName& name, QuarantineKind kind) {
  return Cat(Hex(name.run), "-", Hex(name.seq),
             kind == QuarantineKind::kRejected ? kRejectedSuffix : kConflictSuffix);
}

std::optional<std::pair<RecordName, QuarantineKind>> ParseQuarantineFileName(
    std::string_view file_name) {
  QuarantineKind kind = QuarantineKind::kRejected;
  if (file_name.ends_with(kConflictSuffix)) {
    kind = QuarantineKind::kConflict;
  } else if (!file_name.ends_with(kRejectedSuffix)) {
    return std::nullopt;
  }
  // In front of its suffix it is named as a segment is.
  const auto stem = file_name.substr(0, file_name.rfind('.'));
  const auto segment = ParseSegmentFileName(Cat(stem, "-0000.seg"));
  if (!segment) return std::nullopt;
  const RecordName name{segment->run, segment->first_seq};
  if (QuarantineFileName(name, kind) != file_name) return std::nullopt;
  return std::pair(name, kind);
}

std::string QuarantineFiles::PathOf(const RecordName& name, QuarantineKind kind) const {
  return Cat(directory_, "/", QuarantineFileName(name, kind));
}

Status QuarantineFiles::Load() {
  GODWIT_ASSIGN_OR_RETURN(const auto entries, files_.List(directory_));
  copies_.clear();
  bytes_ = 0;
  for (const FileEntry& entry : entries) {
    const auto parsed = ParseQuarantineFileName(entry.name);
    if (!parsed) continue;
    copies_[parsed->first] = {.kind = parsed->second, .bytes = DiskBlocks(entry.bytes)};
    bytes_ += DiskBlocks(entry.bytes);
  }
  return absl::OkStatus();
}

bool QuarantineFiles::Knows(const std::vector<FileEntry>& folder) const {
  return std::all_of(folder.begin(), folder.end(), [&](const FileEntry& entry) {
    const auto parsed = ParseQuarantineFileName(entry.name);
    return !parsed || copies_.contains(parsed->first);
  });
}

Status QuarantineFiles::Put(QuarantineKind kind, const SegmentHeader& header, Seq seq,
                            const NewRecord& record, ByteCount bound) {
  const RecordName name{header.run, seq};
  if (HasSound(name)) return absl::OkStatus();
  if (copies_.contains(name)) {
    // Half-written, and only then: it may be the only copy, and readable later.
    if (const Status read = Read(name).status(); !absl::IsDataLoss(read)) return read;
    Remove(name);
  }
  ByteCount needed = 2 * kDiskBlockBytes + record.batch.size();
  for (const SpoolTable& table : record.tables) {
    needed += 2 * kEntryHeaderBytes + table.encoded.size();
  }
  if (bytes_ + needed > bound) {
    return Error(StatusCode::kOutOfRange,
                 Cat("the quarantine would take more than ", SizeText(bound)));
  }
  const std::string path = PathOf(name, kind);
  auto created = files_.Create(path);
  if (absl::IsAlreadyExists(created.status()) && !copies_.contains(name)) {
    // One that the listing did not have: it was away, and is back.
    copies_[name] = {.kind = kind, .bytes = DiskBlocks(needed)};
    bytes_ += DiskBlocks(needed);
    return Put(kind, header, seq, record, bound);
  }
  GODWIT_ASSIGN_OR_RETURN(auto file, std::move(created));
  const auto write = [&]() -> StatusOr<ByteCount> {
    GODWIT_ASSIGN_OR_RETURN(const auto writer,
                            SegmentWriter::Begin(std::move(file), header, {}, {}));
    writer->AddRecord(seq, record);
    GODWIT_RETURN_IF_ERROR(writer->Commit());
    GODWIT_RETURN_IF_ERROR(files_.SyncDirectory(directory_));
    return writer->bytes();
  };
  const auto written = write();
  if (!written.ok()) {
    // A disk that refuses this too keeps the file, and it counts.
    const Status removed = files_.Remove(path);
    if (removed.ok() || absl::IsNotFound(removed)) return written.status();
    copies_[name] = {.kind = kind, .bytes = DiskBlocks(needed)};
    bytes_ += DiskBlocks(needed);
    return written.status();
  }
  copies_[name] = {.kind = kind, .bytes = DiskBlocks(*written), .sound = true};
  bytes_ += DiskBlocks(*written);
  return absl::OkStatus();
}

bool QuarantineFiles::HasSound(const RecordName& name) {
  const auto found = copies_.find(name);
  if (found == copies_.end()) return false;
  Copy& copy = found->second;
  if (!copy.sound) {
    const Status read = Read(name).status();
    copy.sound = read.ok();
    copy.unread = !read.ok() && !absl::IsNotFound(read) && !absl::IsDataLoss(read);
  }
  return copy.sound;
}

bool QuarantineFiles::IsUnread(const RecordName& name) const {
  const auto found = copies_.find(name);
  return found != copies_.end() && found->second.unread;
}

StatusOr<NewRecord> QuarantineFiles::Read(const RecordName& name) {
  const auto found = copies_.find(name);
  if (found == copies_.end()) return Error(StatusCode::kNotFound, "no such copy");
  GODWIT_ASSIGN_OR_RETURN(const auto file, files_.Open(PathOf(name, found->second.kind)));
  const SegmentName segment{.run = name.run, .first_seq = name.seq};
  GODWIT_ASSIGN_OR_RETURN(const SegmentIndex index, ReadIndex(*file, segment, device_id_));
  auto record = ReadRecord(*file, SegmentSeed(segment, device_id_), index, name.seq);
  if (absl::IsNotFound(record.status())) return Error(StatusCode::kDataLoss, "the copy is damaged");
  return record;
}

void QuarantineFiles::Remove(const RecordName& name) {
  const auto found = copies_.find(name);
  if (found == copies_.end()) return;
  const Status removed = files_.Remove(PathOf(name, found->second.kind));
  if (removed.ok() || absl::IsNotFound(removed)) Forget(name);
}

void QuarantineFiles::Forget(const RecordName& name) {
  const auto found = copies_.find(name);
  bytes_ -= found->second.bytes;
  copies_.erase(found);
}

std::vector<RecordName> QuarantineFiles::Names(QuarantineKind kind) const {
  std::vector<RecordName> names;
  for (const auto& [name, copy] : copies_) {
    if (copy.kind == kind) names.push_back(name);
  }
  return names;
}

}  // namespace godwit::agent
