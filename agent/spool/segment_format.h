// The bytes of a segment, version 0 (docs/spool-format.md). Later readers refuse it.
//
//   segment  := header entry*
//   header   := magic "GWSPOOL0" | device id (u32 length, bytes) | run u64 | run number u64 |
//               follows run u64 | follows last seq u64 | first seq u64 | checksum u64 of all before
//               it
//   entry    := entry header (60 bytes) | payload
//
// All little-endian. An entry's header has a checksum of its own, so that a torn length steers
// nobody. The run id and the entry's offset are mixed into both checksums, so that stale bytes of
// another file, or of another place, never validate.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/names.h"
#include "base/units.h"

namespace godwit::agent {

inline constexpr size_t kDeviceIdBytesMax = 255;

struct SegmentHeader {
  std::string device_id;
  RunId run = 0;
  // How many runs the spool has had, this one included: orders runs although those between are
  // gone.
  uint64_t run_number = 0;
  RunId follows_run = 0;
  Seq follows_last_seq = 0;
  Seq first_seq = 0;
};

std::string EncodeSegmentHeader(const SegmentHeader& header);
// The header and its size; nothing when the bytes do not start with a sound one.
struct DecodedSegmentHeader {
  SegmentHeader header;
  ByteCount size = 0;
};
std::optional<DecodedSegmentHeader> DecodeSegmentHeader(std::string_view bytes);
inline constexpr size_t kSegmentHeaderBytesMax = 8 + 4 + kDeviceIdBytesMax + 6 * 8;

enum class EntryType : uint8_t {
  kTable = 1,   // payload: table id, encoded table; has no seq
  kRecord = 2,  // payload: table ids, batch
};

inline constexpr size_t kEntryHeaderBytes = 60;
inline constexpr std::string_view kEntryMagic = "GWe0";

struct EntryHeader {
  EntryType type = EntryType::kRecord;
  uint8_t table_count = 0;
  uint32_t payload_bytes = 0;
  Seq seq = 0;
  int64_t first_unix_ns = 0;
  int64_t last_unix_ns = 0;
  uint64_t payload_checksum = 0;
};

std::string EncodeEntry(RunId run, ByteCount offset, EntryHeader header, std::string_view payload);
// Nothing when the bytes are not an entry header that was written at this offset of this run.
std::optional<EntryHeader> DecodeEntryHeader(RunId run, ByteCount offset, std::string_view bytes);
bool PayloadIsSound(RunId run, ByteCount offset, const EntryHeader& header,
                    std::string_view payload);

// "<run>-<first seq>.seg", 16 hexadecimal digits each.
struct SegmentName {
  RunId run = 0;
  Seq first_seq = 0;
};
std::string SegmentFileName(const SegmentName& name);
std::optional<SegmentName> ParseSegmentFileName(std::string_view file_name);

}  // namespace godwit::agent
