#include "tests/reference/reference_spool.h"

#include "base/checksum.h"

namespace godwit::reference {
namespace {

constexpr std::string_view kMagic = "GWS1";
constexpr size_t kHeaderBytes = 56;
constexpr size_t kTableIdBytes = 16;
constexpr size_t kPastRunBytes = 24;

uint64_t Number(std::string_view bytes, size_t at, size_t size) {
  uint64_t number = 0;
  for (size_t i = 0; i < size; ++i) {
    number |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return number;
}

std::string Encoded(uint64_t number) {
  std::string bytes;
  for (int i = 0; i < 8; ++i) bytes.push_back(static_cast<char>(number >> (8 * i)));
  return bytes;
}

std::optional<uint64_t> Hexadecimal(std::string_view text) {
  uint64_t number = 0;
  for (const char digit : text) {
    if (digit >= '0' && digit <= '9') {
      number = number * 16 + static_cast<uint64_t>(digit - '0');
    } else if (digit >= 'a' && digit <= 'f') {
      number = number * 16 + static_cast<uint64_t>(digit - 'a' + 10);
    } else {
      return std::nullopt;
    }
  }
  return number;
}

std::optional<SpoolEntry> EntryAt(std::string_view bytes, size_t at, uint64_t with_device,
                                  uint64_t without_device) {
  if (bytes.size() - at < kHeaderBytes || bytes.substr(at, 4) != kMagic) return std::nullopt;
  SpoolEntry entry{.type = static_cast<int>(Number(bytes, at + 4, 1)), .offset = at};
  const uint64_t seed =
      Checksum(Encoded(at), entry.type == SpoolEntry::kHeader ? without_device : with_device);
  if (Number(bytes, at + 48, 8) != Checksum(bytes.substr(at, 48), seed)) return std::nullopt;
  const size_t payload_bytes = Number(bytes, at + 8, 4);
  if (bytes.size() - at - kHeaderBytes < payload_bytes) return std::nullopt;
  const std::string_view payload = bytes.substr(at + kHeaderBytes, payload_bytes);
  if (Number(bytes, at + 40, 8) != Checksum(payload, seed)) return std::nullopt;
  entry.bytes = kHeaderBytes + payload_bytes;
  entry.seq = Number(bytes, at + 16, 8);
  const size_t count = Number(bytes, at + 5, 1);
  if (entry.type == SpoolEntry::kTable) entry.tables.emplace_back(payload.substr(0, kTableIdBytes));
  if (entry.type == SpoolEntry::kPastRuns) {
    for (size_t i = 0; i < count; ++i) entry.runs.push_back(Number(payload, i * kPastRunBytes, 8));
  }
  if (entry.type == SpoolEntry::kRecord) {
    for (size_t i = 0; i < count; ++i) {
      entry.tables.emplace_back(payload.substr(i * kTableIdBytes, kTableIdBytes));
    }
    entry.batch_checksum = Checksum(payload.substr(count * kTableIdBytes));
  }
  return entry;
}

}  // namespace

std::optional<SpoolFileName> ParseSpoolFileName(std::string_view path) {
  const std::string_view file = path.substr(path.rfind('/') + 1);
  SpoolFileName name;
  size_t digits_end = 0;
  if (file.size() == 42 && file.ends_with(".seg") && file[33] == '-') {
    const auto attempt = Hexadecimal(file.substr(34, 4));
    if (!attempt) return std::nullopt;
    name.attempt = *attempt;
    digits_end = 33;
  } else if (file.size() == 42 && file.ends_with(".rejected")) {
    name.kind = SpoolFileName::kRejected;
    digits_end = 33;
  } else if (file.size() == 42 && file.ends_with(".conflict")) {
    name.kind = SpoolFileName::kConflict;
    digits_end = 33;
  }
  if (digits_end == 0 || file[16] != '-') return std::nullopt;
  const auto run = Hexadecimal(file.substr(0, 16));
  const auto first_seq = Hexadecimal(file.substr(17, 16));
  if (!run || !first_seq) return std::nullopt;
  name.run = *run;
  name.first_seq = *first_seq;
  return name;
}

void ReadSpoolEntries(const SpoolFileName& name, std::string_view bytes, std::string_view device_id,
                      size_t from, std::vector<SpoolEntry>& entries) {
  const std::string place = Encoded(name.run) + Encoded(name.first_seq);
  const uint64_t without_device = Checksum(place);
  const uint64_t with_device = Checksum(std::string(device_id) + place);
  for (size_t at = from; at < bytes.size();) {
    if (auto entry = EntryAt(bytes, at, with_device, without_device)) {
      at += entry->bytes;
      entries.push_back(*std::move(entry));
      continue;
    }
    at = bytes.find(kMagic, at + 1);
  }
}

}  // namespace godwit::reference
