#include "codec/table.h"

#include "base/bytes.h"
#include "base/checksum.h"
#include "base/text.h"
#include "codec/limits.h"

namespace godwit {
namespace {

constexpr uint8_t kTableVersion = 0;

Status Malformed(std::string_view what) {
  return Error(StatusCode::kInvalidArgument, Cat("table: ", what));
}

Status DecodeAttributes(ByteReader& reader, Series& series) {
  uint32_t count = 0;
  if (!reader.Get(count)) return Malformed("cut short");
  if (count > kSeriesAttributesMax) {
    return Malformed(Cat(count, " attributes in a series; the limit is ", kSeriesAttributesMax));
  }
  for (uint32_t i = 0; i < count; ++i) {
    std::string_view key;
    std::string_view value;
    if (!reader.GetSized(key) || !reader.GetSized(value)) return Malformed("cut short");
    if (!series.attributes.empty() && std::string_view(series.attributes.rbegin()->first) >= key) {
      return Malformed("attribute keys are not in ascending order");
    }
    series.attributes.emplace_hint(series.attributes.end(), key, value);
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeTable(const Table& table) {
  std::string out;
  Put(out, kTableVersion);
  Put(out, static_cast<uint32_t>(table.series.size()));
  for (const Series& series : table.series) {
    PutSized(out, series.name);
    PutSized(out, series.unit);
    Put(out, static_cast<uint8_t>(series.kind));
    Put(out, static_cast<uint32_t>(series.attributes.size()));
    for (const auto& [key, value] : series.attributes) {
      PutSized(out, key);
      PutSized(out, value);
    }
  }
  return out;
}

StatusOr<Table> DecodeTable(std::string_view bytes) {
  if (bytes.size() > kTableBytesMax) {
    return Malformed(Cat(bytes.size(), " bytes; the limit is ", kTableBytesMax));
  }
  ByteReader reader(bytes);
  uint8_t version = 0;
  uint32_t count = 0;
  if (!reader.Get(version) || !reader.Get(count)) return Malformed("cut short");
  if (version != kTableVersion) {
    return Error(StatusCode::kUnimplemented, Cat("table: unknown version ", version));
  }
  if (count == 0 || count > kTableSeriesMax) {
    return Malformed(Cat(count, " series; from 1 to ", kTableSeriesMax, " are allowed"));
  }
  Table table;
  for (uint32_t i = 0; i < count; ++i) {
    Series series;
    std::string_view name;
    std::string_view unit;
    uint8_t kind = 0;
    if (!reader.GetSized(name) || !reader.GetSized(unit) || !reader.Get(kind)) {
      return Malformed("cut short");
    }
    series.name = name;
    series.unit = unit;
    series.kind = static_cast<Kind>(kind);
    GODWIT_RETURN_IF_ERROR(DecodeAttributes(reader, series));
    GODWIT_RETURN_IF_ERROR(Annotate(CheckSeries(series), "table"));
    table.series.push_back(std::move(series));
  }
  if (!reader.done()) return Malformed("bytes after the last series");
  return table;
}

TableId TableIdOf(std::string_view encoded_table) {
  return Sha256Prefix16(encoded_table);
}

}  // namespace godwit
