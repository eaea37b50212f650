#include "codec/table.h"

#include <cmath>
#include <cstdint>

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/text.h"
#include "codec/limits.h"
#include "codec/zstd_frame.h"

namespace godwit {
namespace {

constexpr std::string_view kMagic = "GWT";
constexpr uint8_t kTableVersion = 1;

Status Malformed(std::string_view what) {
  return Error(StatusCode::kInvalidArgument, Cat("table: ", what));
}

Status DecodeAttributes(ByteReader& reader, Series& series) {
  uint32_t count = 0;
  if (!reader.GetVarint(count)) return Malformed("cut short");
  if (count > kSeriesAttributesMax) {
    return Malformed(Cat(count, " attributes in a series; the limit is ", kSeriesAttributesMax));
  }
  for (uint32_t i = 0; i < count; ++i) {
    std::string_view key;
    std::string_view value;
    if (!reader.GetText(key) || !reader.GetText(value)) return Malformed("cut short");
    if (!series.attributes.empty() && std::string_view(series.attributes.rbegin()->first) >= key) {
      return Malformed("attribute keys are not in ascending order");
    }
    series.attributes.emplace_hint(series.attributes.end(), key, value);
  }
  return absl::OkStatus();
}

Status DecodeSeries(ByteReader& reader, Series& series) {
  std::string_view name;
  std::string_view unit;
  uint8_t kind = 0;
  if (!reader.GetText(name) || !reader.GetText(unit) || !reader.Get(kind) ||
      !reader.Get(series.resolution)) {
    return Malformed("cut short");
  }
  // Zero has two spellings as a double, and a table has one id.
  if (series.resolution == 0 && std::signbit(series.resolution)) {
    return Malformed("a resolution of minus zero");
  }
  series.name = name;
  series.unit = unit;
  series.kind = static_cast<Kind>(kind);
  GODWIT_RETURN_IF_ERROR(DecodeAttributes(reader, series));
  return Annotate(CheckSeries(series), "table");
}

}  // namespace

std::string EncodeCanonical(const Table& table) {
  std::string out;
  Put(out, kTableVersion);
  PutVarint(out, static_cast<uint32_t>(table.series.size()));
  for (const Series& series : table.series) {
    PutText(out, series.name);
    PutText(out, series.unit);
    Put(out, static_cast<uint8_t>(series.kind));
    Put(out, series.resolution);
    PutVarint(out, static_cast<uint32_t>(series.attributes.size()));
    for (const auto& [key, value] : series.attributes) {
      PutText(out, key);
      PutText(out, value);
    }
  }
  return out;
}

StatusOr<Table> DecodeCanonical(std::string_view bytes) {
  ByteReader reader(bytes);
  uint8_t version = 0;
  uint32_t count = 0;
  if (!reader.Get(version) || !reader.GetVarint(count)) return Malformed("cut short");
  if (version != kTableVersion) return Malformed("two versions");
  if (count == 0 || count > kTableSeriesMax) {
    return Malformed(Cat(count, " series; from 1 to ", kTableSeriesMax, " are allowed"));
  }
  Table table;
  for (uint32_t i = 0; i < count; ++i) {
    GODWIT_RETURN_IF_ERROR(DecodeSeries(reader, table.series.emplace_back()));
  }
  if (!reader.done()) return Malformed("bytes after the last series");
  return table;
}

std::string EncodeTable(const Table& table) {
  std::string out(kMagic);
  Put(out, kTableVersion);
  const std::string canonical = EncodeCanonical(table);
  ZstdCompressor(ZstdCompressor::Content::kText).Compress({canonical}, out);
  return out;
}

StatusOr<Table> DecodeTable(std::string_view bytes) {
  ByteReader reader(bytes);
  std::string_view magic;
  uint8_t version = 0;
  if (!reader.GetBytes(kMagic.size(), magic) || magic != kMagic) return Malformed("not a table");
  if (!reader.Get(version)) return Malformed("cut short");
  if (version != kTableVersion) {
    return Error(StatusCode::kUnimplemented, Cat("table: unknown version ", version));
  }
  // Making a context costs more than what it is used for.
  static thread_local ZstdDecompressor zstd;
  std::string canonical;
  GODWIT_RETURN_IF_ERROR(zstd.Decompress(reader.rest(), kTableBytesMax, "table", canonical));
  return DecodeCanonical(canonical);
}

TableId TableIdOf(const Table& table) {
  return Sha256Prefix16(EncodeCanonical(table));
}

}  // namespace godwit
