// Reads a segment from its start, entry by entry, however damaged it is. Writes nothing.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "agent/spool/segment_format.h"
#include "base/status.h"
#include "platform/file_system.h"

namespace godwit::agent {

// The place of an entry in its file; `offset` is that of its header.
struct EntryPlace {
  EntryHeader header;
  ByteCount offset = 0;
};

// Reads the entries of a segment. Confined to its owner; borrows the file. Holds at most one entry
// and 64 KiB.
class SegmentReader {
 public:
  // Entries of a device other than `device_id` do not validate, except headers.
  SegmentReader(const ReadableFile& file, const SegmentName& name, std::string_view device_id)
      : file_(file), seed_(name, device_id) {}

  struct Entry {
    EntryPlace place;
    std::string_view payload;  // until the next call
  };
  // Returns the next sound entry; none at the end of the file. Errors are the file system's.
  [[nodiscard]] StatusOr<std::optional<Entry>> Next();

  // Returns the bytes skipped so far, between sound entries or behind the last.
  ByteCount damaged_bytes() const { return damaged_bytes_; }
  // Returns the highest sequence number of a record whose header is sound, even if its payload is
  // not.
  Seq last_seq() const { return last_seq_; }

 private:
  // Returns at least `count` bytes from `offset_`, fewer only at the end of the file.
  StatusOr<std::string_view> Window(size_t count);
  // Skips to the next place where an entry may start.
  Status SkipDamage();

  const ReadableFile& file_;
  SegmentSeed seed_;
  ByteCount offset_ = 0;
  std::string buffer_;
  ByteCount buffer_offset_ = 0;
  ByteCount damaged_bytes_ = 0;
  Seq last_seq_ = 0;
};

// Reads the payload of one entry and checks it again; kDataLoss: it is not what was written.
[[nodiscard]] StatusOr<std::string> ReadPayload(const ReadableFile& file, const SegmentSeed& seed,
                                                const EntryPlace& place);

}  // namespace godwit::agent
