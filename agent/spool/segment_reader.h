// Reads a segment from its start, entry by entry, however damaged. Writes nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/spool/segment_format.h"
#include "base/status.h"
#include "platform/file_system.h"

namespace godwit::agent {

// Where an entry stands in its file; `offset` is that of its header.
struct EntryPlace {
  EntryHeader header;
  ByteCount offset = 0;
};

// Confined to its owner; borrows the file. Holds at most one entry and 64 KiB.
class SegmentReader {
 public:
  // Entries of another device than `device_id` do not validate, but for headers.
  SegmentReader(const ReadableFile& file, const SegmentName& name, std::string_view device_id)
      : file_(file), seed_(name, device_id) {}

  struct Entry {
    EntryPlace place;
    std::string_view payload;  // until the next call
  };
  // The next sound entry; none at the end of the file. Errors are the file system's.
  [[nodiscard]] StatusOr<std::optional<Entry>> Next();

  // So far: skipped between sound entries, or behind the last.
  ByteCount damaged_bytes() const { return damaged_bytes_; }
  // The highest seq of a record whose header is sound, whatever became of its payload.
  Seq last_seq() const { return last_seq_; }

 private:
  // At least `count` bytes from `offset_`, fewer only at the end of the file.
  StatusOr<std::string_view> Window(size_t count);
  // On to the next place where an entry may begin.
  Status SkipDamage();

  const ReadableFile& file_;
  SegmentSeed seed_;
  ByteCount offset_ = 0;
  std::string buffer_;
  ByteCount buffer_offset_ = 0;
  ByteCount damaged_bytes_ = 0;
  Seq last_seq_ = 0;
};

// The payload of one entry, read and checked again; kDataLoss when it is not what was written.
[[nodiscard]] StatusOr<std::string> ReadPayload(const ReadableFile& file, const SegmentSeed& seed,
                                                const EntryPlace& place);

}  // namespace godwit::agent
