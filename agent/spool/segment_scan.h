// Reading a segment back: what it holds, however damaged. Writes nothing.
#pragma once

#include <string>
#include <vector>

#include "agent/spool/segment_format.h"
#include "base/status.h"
#include "platform/file_system.h"

namespace godwit::agent {

// Where an entry stands in its file; `offset` is that of its header.
struct EntryPlace {
  EntryHeader header;
  ByteCount offset = 0;
};

struct SegmentScan {
  SegmentHeader header;
  std::vector<EntryPlace> entries;  // sound ones only, in file order
  ByteCount file_bytes = 0;
  ByteCount damaged_bytes = 0;  // skipped between sound entries, or behind the last
};

// kDataLoss when the segment's own header is unsound: its entries cannot be told from stale ones.
// Other errors are the file system's.
[[nodiscard]] StatusOr<SegmentScan> ScanSegment(FileSystem& files, const std::string& path);

// The payload of one entry, checked again; kDataLoss when it is not what was written.
[[nodiscard]] StatusOr<std::string> ReadPayload(const ReadableFile& file, RunId run,
                                                const EntryPlace& place);

}  // namespace godwit::agent
