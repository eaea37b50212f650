#include "agent/spool/segment_format.h"

#include <charconv>
#include <cstring>
#include <system_error>

#include "agent/limits.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/checksum.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr std::string_view kSegmentSuffix = ".seg";
constexpr size_t kHexDigits = 16;
constexpr size_t kAttemptDigits = 4;
constexpr uint16_t kFormat = 1;
constexpr uint64_t kPastRunUnclean = 1;
constexpr uint64_t kPastRunUncertain = 2;
// What the checksum of an entry header covers.
constexpr size_t kCoveredBytes = kEntryHeaderBytes - sizeof(uint64_t);

template <typename T>
bool ParseHex(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc{} && end == text.data() + text.size();
}

uint64_t SeedOf(const SegmentName& name, std::string_view device_id) {
  std::string bytes(device_id);
  Put(bytes, name.run);
  Put(bytes, name.first_seq);
  return Checksum(bytes);
}

}  // namespace

std::string SegmentFileName(const SegmentName& name) {
  return Cat(Hex(name.run), "-", Hex(name.first_seq), "-",
             Hex(uint64_t{name.attempt}).substr(kHexDigits - kAttemptDigits), kSegmentSuffix);
}

std::optional<SegmentName> ParseSegmentFileName(std::string_view file_name) {
  constexpr size_t kAttemptAt = kHexDigits + 1 + kHexDigits + 1;
  constexpr size_t kLength = kAttemptAt + kAttemptDigits + kSegmentSuffix.size();
  if (file_name.size() != kLength || !file_name.ends_with(kSegmentSuffix)) return std::nullopt;
  SegmentName name;
  if (file_name[kHexDigits] != '-' || !ParseHex(file_name.substr(0, kHexDigits), name.run) ||
      !ParseHex(file_name.substr(kHexDigits + 1, kHexDigits), name.first_seq) ||
      file_name[kAttemptAt - 1] != '-' ||
      !ParseHex(file_name.substr(kAttemptAt, kAttemptDigits), name.attempt)) {
    return std::nullopt;
  }
  if (name.run == 0 || name.first_seq == 0 || name.first_seq > kSpoolSeqMax) return std::nullopt;
  return name;
}

SegmentSeed::SegmentSeed(const SegmentName& name, std::string_view device_id)
    : with_device_(SeedOf(name, device_id)), without_device_(SeedOf(name, {})) {}

uint64_t SegmentSeed::At(ByteCount offset, EntryType type) const {
  char bytes[sizeof(uint64_t)];
  const uint64_t place = offset;
  std::memcpy(bytes, &place, sizeof(place));
  return Checksum(std::string_view(bytes, sizeof(bytes)),
                  type == EntryType::kHeader ? without_device_ : with_device_);
}

void EncodeEntry(const SegmentSeed& seed, ByteCount offset, EntryHeader& header,
                 std::string_view payload, std::string& out) {
  const uint64_t entry_seed = seed.At(offset, header.type);
  header.payload_bytes = static_cast<uint32_t>(payload.size());
  header.payload_checksum = Checksum(payload, entry_seed);
  const size_t begin = out.size();
  out.append(kEntryMagic);
  Put(out, static_cast<uint8_t>(header.type));
  Put(out, header.count);
  Put(out, uint16_t{0});  // flags
  Put(out, header.payload_bytes);
  Put(out, uint32_t{0});
  Put(out, header.seq);
  Put(out, header.first_unix_ns);
  Put(out, header.last_unix_ns);
  Put(out, header.payload_checksum);
  Put(out, Checksum(std::string_view(out).substr(begin), entry_seed));
  GODWIT_CHECK(out.size() - begin == kEntryHeaderBytes);
  out.append(payload);
}

std::optional<EntryHeader> DecodeEntryHeader(const SegmentSeed& seed, ByteCount offset,
                                             std::string_view bytes) {
  if (bytes.size() < kEntryHeaderBytes || !bytes.starts_with(kEntryMagic)) return std::nullopt;
  ByteReader reader(bytes.substr(kEntryMagic.size()));
  EntryHeader header;
  uint8_t type = 0;
  uint16_t flags = 0;
  uint32_t reserved = 0;
  uint64_t checksum = 0;
  const bool read = reader.Get(type) && reader.Get(header.count) && reader.Get(flags) &&
                    reader.Get(header.payload_bytes) && reader.Get(reserved) &&
                    reader.Get(header.seq) && reader.Get(header.first_unix_ns) &&
                    reader.Get(header.last_unix_ns) && reader.Get(header.payload_checksum) &&
                    reader.Get(checksum);
  header.type = static_cast<EntryType>(type);
  if (!read || checksum != Checksum(bytes.substr(0, kCoveredBytes), seed.At(offset, header.type))) {
    return std::nullopt;
  }
  const bool record = header.type == EntryType::kRecord;
  if (header.seq > kSpoolSeqMax) return std::nullopt;
  if (record && (header.seq == 0 || header.payload_bytes < header.count * kTableIdSize)) {
    return std::nullopt;
  }
  if (header.type == EntryType::kTable && header.payload_bytes < kTableIdSize) return std::nullopt;
  if (header.payload_bytes > kEntryPayloadBytesMax) return std::nullopt;
  return header;
}

bool PayloadIsSound(const SegmentSeed& seed, ByteCount offset, const EntryHeader& header,
                    std::string_view payload) {
  return payload.size() == header.payload_bytes &&
         Checksum(payload, seed.At(offset, header.type)) == header.payload_checksum;
}

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  GODWIT_CHECK(header.boot_id.size() == kBootIdSize);
  std::string out;
  Put(out, kFormat);
  PutSized(out, header.device_id);
  out.append(header.boot_id);
  Put(out, header.run);
  Put(out, header.run_number);
  Put(out, header.first_seq);
  return out;
}

std::optional<SegmentHeader> DecodeSegmentHeader(std::string_view payload) {
  ByteReader reader(payload);
  uint16_t format = 0;
  std::string_view device_id;
  std::string_view boot_id;
  SegmentHeader header;
  if (!reader.Get(format) || format != kFormat || !reader.GetSized(device_id) ||
      device_id.size() > kDeviceIdBytesMax || !reader.GetBytes(kBootIdSize, boot_id) ||
      !reader.Get(header.run) || !reader.Get(header.run_number) || !reader.Get(header.first_seq)) {
    return std::nullopt;
  }
  header.device_id = device_id;
  header.boot_id = boot_id;
  return header;
}

std::string EncodePastRuns(const std::vector<PastRun>& runs) {
  std::string out;
  for (const PastRun& past : runs) {
    Put(out, past.run);
    Put(out, past.last_seq);
    Put(out, (past.unclean ? kPastRunUnclean : 0) | (past.uncertain ? kPastRunUncertain : 0));
  }
  return out;
}

std::optional<std::vector<PastRun>> DecodePastRuns(std::string_view payload) {
  std::vector<PastRun> runs;
  ByteReader reader(payload);
  while (!reader.done()) {
    PastRun past;
    uint64_t flags = 0;
    if (!reader.Get(past.run) || !reader.Get(past.last_seq) || !reader.Get(flags) ||
        past.last_seq > kSpoolSeqMax || runs.size() == kPastRunsMax) {
      return std::nullopt;
    }
    past.unclean = (flags & kPastRunUnclean) != 0;
    past.uncertain = (flags & kPastRunUncertain) != 0;
    runs.push_back(past);
  }
  return runs;
}

std::string EncodeLoss(const Loss& loss) {
  std::string out;
  Put(out, loss.run);
  Put(out, loss.seqs.first);
  Put(out, loss.seqs.last);
  Put(out, static_cast<uint64_t>(loss.reason));
  return out;
}

std::optional<Loss> DecodeLoss(std::string_view payload) {
  ByteReader reader(payload);
  Loss loss;
  uint64_t reason = 0;
  if (!reader.Get(loss.run) || !reader.Get(loss.seqs.first) || !reader.Get(loss.seqs.last) ||
      !reader.Get(reason) || loss.seqs.first == 0 || loss.seqs.first > loss.seqs.last ||
      loss.seqs.last > kSpoolSeqMax) {
    return std::nullopt;
  }
  loss.reason = static_cast<LossReason>(reason);
  return loss;
}

}  // namespace godwit::agent
