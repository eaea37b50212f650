#include "agent/spool/segment_writer.h"

#include "base/bytes.h"
#include "base/text.h"

namespace godwit::agent {

StatusOr<std::unique_ptr<SegmentWriter>> SegmentWriter::Create(FileSystem& files,
                                                               const std::string& directory,
                                                               const std::string& file_name,
                                                               const SegmentHeader& header) {
  const std::string path = Cat(directory, "/", file_name);
  GODWIT_ASSIGN_OR_RETURN(auto file, files.Create(path));
  const std::string bytes = EncodeSegmentHeader(header);
  Status status = file->Append(bytes);
  if (status.ok()) status = files.SyncDirectory(directory);
  if (!status.ok()) {
    // Frees the name for the next try; on a disk that refuses this too, that try will say so.
    files.Remove(path).IgnoreError();
    return status;
  }
  return std::unique_ptr<SegmentWriter>(
      new SegmentWriter(std::move(file), header.run, bytes.size()));
}

EntryPlace SegmentWriter::Add(const EntryHeader& header, std::string_view payload) {
  const ByteCount at = offset_;
  const std::string entry = EncodeEntry(run_, at, header, payload);
  pending_.append(entry);
  offset_ += entry.size();
  // The header as it was written, lengths and checksum filled in.
  return {*DecodeEntryHeader(run_, at, entry), at};
}

Status SegmentWriter::Commit() {
  GODWIT_RETURN_IF_ERROR(file_->Append(pending_));
  pending_.clear();
  return file_->Sync();
}

}  // namespace godwit::agent
