// Encodes and decodes the bytes of a segment, format 1 (docs/spool-format.md); uses no file.
//
// Everything in a segment is an entry: a header of 56 bytes with its own checksum, so that a torn
// length misleads nobody, and a payload with another checksum. Both are seeded with the device, the
// run, the segment's first sequence number and the entry's offset, so that stale bytes never
// validate.
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
inline constexpr size_t kEntryHeaderBytes = 56;
inline constexpr std::string_view kEntryMagic = "GWS1";
// The interval, in bytes, after which the header is written again.
inline constexpr ByteCount kResyncBytes = 64 << 10;

enum class EntryType : uint8_t {
  kHeader = 1,
  kTable = 2,
  kRecord = 3,
  kPastRuns = 4,
  kLoss = 5,
  kEnd = 6,
  // 7 is kept for thinned records.
};

// "<run>-<first seq>-<attempt>.seg", 16, 16 and 4 hexadecimal digits. Run and first seq are part of
// every checksum in the file. A segment that failed before its first record has a successor with
// the same first seq and the next attempt.
struct SegmentName {
  RunId run = 0;
  Seq first_seq = 0;
  uint16_t attempt = 0;
  friend auto operator<=>(const SegmentName&, const SegmentName&) = default;
};
std::string SegmentFileName(const SegmentName& name);
std::optional<SegmentName> ParseSegmentFileName(std::string_view file_name);

// The seeds of the checksums of a segment's entries. Immutable.
class SegmentSeed {
 public:
  SegmentSeed(const SegmentName& name, std::string_view device_id);
  uint64_t At(ByteCount offset, EntryType type) const;

 private:
  uint64_t with_device_;
  uint64_t without_device_;  // of header entries
};

struct EntryHeader {
  EntryType type = EntryType::kRecord;
  uint8_t count = 0;
  uint32_t payload_bytes = 0;
  Seq seq = 0;
  int64_t first_unix_ns = 0;
  int64_t last_unix_ns = 0;
  uint64_t payload_checksum = 0;
};

// Appends the entry to `out`; fills in the header's length and checksum.
void EncodeEntry(const SegmentSeed& seed, ByteCount offset, EntryHeader& header,
                 std::string_view payload, std::string& out);
// Returns nothing if the bytes are not an entry header that was written at this place.
std::optional<EntryHeader> DecodeEntryHeader(const SegmentSeed& seed, ByteCount offset,
                                             std::string_view bytes);
bool PayloadIsSound(const SegmentSeed& seed, ByteCount offset, const EntryHeader& header,
                    std::string_view payload);

// The payloads --------------------------------------------------------------------------------

struct SegmentHeader {
  std::string device_id;
  BootId boot_id;
  RunId run = 0;
  // The number of runs that the spool has had, this one included. It orders runs even if those
  // between them are gone.
  uint64_t run_number = 0;
  Seq first_seq = 0;
};
std::string EncodeSegmentHeader(const SegmentHeader& header);
std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view payload);

// A previous run, and how far it got.
struct PastRun {
  RunId run = 0;
  Seq last_seq = 0;
  bool unclean = false;    // it had no end: its last samples were never sealed into a record
  bool uncertain = false;  // its last segment could not be read: it may have got further
  friend bool operator==(const PastRun&, const PastRun&) = default;
};
std::string EncodePastRuns(const std::vector<PastRun>& runs);
std::optional<std::vector<PastRun>> DecodePastRuns(std::string_view payload);

enum class LossReason : uint64_t {
  kSpoolFull = 1,
  kDamaged = 2,
  kDiskFailed = 3,
  kTooLarge = 4,
  kOverload = 5,
};
// A range of records that no longer exist.
struct Loss {
  RunId run = 0;
  SeqRange seqs;
  LossReason reason = LossReason::kSpoolFull;
  friend bool operator==(const Loss&, const Loss&) = default;
};
std::string EncodeLoss(const Loss& loss);
std::optional<Loss> DecodeLoss(std::string_view payload);

}  // namespace godwit::agent
