#include "agent/spool/segment_format.h"

#include <charconv>

#include "agent/limits.h"
#include "base/bytes.h"
#include "base/check.h"
#include "base/checksum.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr std::string_view kSegmentMagic = "GWSPOOL0";
constexpr std::string_view kSegmentSuffix = ".seg";
constexpr size_t kHexDigits = 16;

uint64_t Seed(RunId run, ByteCount offset) {
  std::string place;
  Put(place, run);
  Put(place, offset);
  return Checksum(place);
}

template <typename T>
bool ParseHex(std::string_view text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::string EncodeSegmentHeader(const SegmentHeader& header) {
  std::string out(kSegmentMagic);
  PutSized(out, header.device_id);
  Put(out, header.run);
  Put(out, header.run_number);
  Put(out, header.follows_run);
  Put(out, header.follows_last_seq);
  Put(out, header.first_seq);
  Put(out, Checksum(out));
  return out;
}

std::optional<DecodedSegmentHeader> DecodeSegmentHeader(std::string_view bytes) {
  ByteReader reader(bytes);
  std::string_view magic;
  std::string_view device_id;
  DecodedSegmentHeader out;
  uint64_t checksum = 0;
  if (!reader.GetBytes(kSegmentMagic.size(), magic) || magic != kSegmentMagic) return std::nullopt;
  if (!reader.GetSized(device_id) || device_id.size() > kDeviceIdBytesMax) return std::nullopt;
  SegmentHeader& header = out.header;
  if (!reader.Get(header.run) || !reader.Get(header.run_number) ||
      !reader.Get(header.follows_run) || !reader.Get(header.follows_last_seq) ||
      !reader.Get(header.first_seq)) {
    return std::nullopt;
  }
  const size_t covered = bytes.size() - reader.rest().size();
  if (!reader.Get(checksum) || checksum != Checksum(bytes.substr(0, covered))) return std::nullopt;
  if (header.run == 0 || header.first_seq == 0) return std::nullopt;
  header.device_id = device_id;
  out.size = covered + sizeof(checksum);
  return out;
}

std::string EncodeEntry(RunId run, ByteCount offset, EntryHeader header, std::string_view payload) {
  const uint64_t seed = Seed(run, offset);
  header.payload_bytes = static_cast<uint32_t>(payload.size());
  header.payload_checksum = Checksum(payload, seed);
  std::string out(kEntryMagic);
  Put(out, static_cast<uint8_t>(header.type));
  Put(out, header.table_count);
  Put(out, uint16_t{0});
  Put(out, header.payload_bytes);
  Put(out, header.seq);
  Put(out, header.first_unix_ns);
  Put(out, header.last_unix_ns);
  Put(out, header.payload_checksum);
  Put(out, uint64_t{0});  // reserved
  Put(out, Checksum(out, seed));
  GODWIT_CHECK(out.size() == kEntryHeaderBytes);
  out.append(payload);
  return out;
}

std::optional<EntryHeader> DecodeEntryHeader(RunId run, ByteCount offset, std::string_view bytes) {
  if (bytes.size() < kEntryHeaderBytes || !bytes.starts_with(kEntryMagic)) return std::nullopt;
  constexpr size_t kCovered = kEntryHeaderBytes - sizeof(uint64_t);
  ByteReader reader(bytes.substr(kEntryMagic.size()));
  EntryHeader header;
  uint8_t type = 0;
  uint16_t reserved_flags = 0;
  uint64_t reserved = 0;
  uint64_t checksum = 0;
  const bool read = reader.Get(type) && reader.Get(header.table_count) &&
                    reader.Get(reserved_flags) && reader.Get(header.payload_bytes) &&
                    reader.Get(header.seq) && reader.Get(header.first_unix_ns) &&
                    reader.Get(header.last_unix_ns) && reader.Get(header.payload_checksum) &&
                    reader.Get(reserved) && reader.Get(checksum);
  if (!read || checksum != Checksum(bytes.substr(0, kCovered), Seed(run, offset))) {
    return std::nullopt;
  }
  header.type = static_cast<EntryType>(type);
  const bool table = header.type == EntryType::kTable && header.seq == 0 && header.table_count == 1;
  const bool record = header.type == EntryType::kRecord && header.seq > 0;
  if (!table && !record) return std::nullopt;
  if (header.payload_bytes > kRecordBytesMax ||
      header.payload_bytes < header.table_count * kTableIdSize) {
    return std::nullopt;
  }
  return header;
}

bool PayloadIsSound(RunId run, ByteCount offset, const EntryHeader& header,
                    std::string_view payload) {
  return payload.size() == header.payload_bytes &&
         Checksum(payload, Seed(run, offset)) == header.payload_checksum;
}

std::string SegmentFileName(const SegmentName& name) {
  return Cat(Hex(name.run), "-", Hex(name.first_seq), kSegmentSuffix);
}

std::optional<SegmentName> ParseSegmentFileName(std::string_view file_name) {
  constexpr size_t kLength = kHexDigits + 1 + kHexDigits + kSegmentSuffix.size();
  if (file_name.size() != kLength || !file_name.ends_with(kSegmentSuffix)) return std::nullopt;
  SegmentName name;
  if (file_name[kHexDigits] != '-' || !ParseHex(file_name.substr(0, kHexDigits), name.run) ||
      !ParseHex(file_name.substr(kHexDigits + 1, kHexDigits), name.first_seq)) {
    return std::nullopt;
  }
  return name;
}

}  // namespace godwit::agent
