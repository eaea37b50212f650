// opentelemetry/proto/metrics/v1/metrics.proto, by hand: field numbers as they stand there.
#include <zlib.h>
#include <zstd.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/check.h"
#include "bench/peers/peers.h"

namespace godwit::bench {
namespace {

enum Wire { kVarint = 0, kFixed64 = 1, kLength = 2 };

void PutKey(std::string& out, uint32_t field, Wire wire) {
  PutVarint(out, field << 3 | wire);
}
void PutMessage(std::string& out, uint32_t field, std::string_view message) {
  PutKey(out, field, kLength);
  PutText(out, message);
}
void PutFixed(std::string& out, uint32_t field, uint64_t value) {
  PutKey(out, field, kFixed64);
  Put(out, value);
}

// KeyValue{key = 1, value = 2: AnyValue{string_value = 1}}
std::string Attribute(std::string_view key, std::string_view value) {
  std::string any;
  PutMessage(any, 1, value);
  std::string out;
  PutMessage(out, 1, key);
  PutMessage(out, 2, any);
  return out;
}

// NumberDataPoint{time_unix_nano = 3, as_double = 4, as_int = 6, attributes = 7}
std::string Point(const Series& series, int64_t time, const Column& column, size_t tick) {
  std::string out;
  PutFixed(out, 3, static_cast<uint64_t>(time));
  PutFixed(out, column.types[tick] == Column::kDouble ? 4 : 6, column.bits[tick]);
  for (const auto& [key, value] : series.attributes) PutMessage(out, 7, Attribute(key, value));
  // A state is a gauge of 1 with the state for an attribute.
  if (column.types[tick] == Column::kState) {
    PutMessage(out, 7, Attribute("state", column.states[column.bits[tick]]));
  }
  return out;
}

// Metric{name = 1, unit = 3, gauge = 5, sum = 7}; both have data_points = 1, and a sum an
// aggregation_temporality = 2 (cumulative) and is_monotonic = 3.
std::string Metric(const Series& series, const Block& block, const Column& column) {
  std::string points;
  for (size_t i = 0; i < block.ticks.size(); ++i) {
    if (column.types[i] == Column::kNull) continue;
    PutMessage(points, 1, Point(series, block.ticks[i].time_unix_ns, column, i));
  }
  const bool sum = series.kind == Kind::kCounter || series.kind == Kind::kUpDown;
  if (sum) {
    PutKey(points, 2, kVarint);
    PutVarint(points, 2);
    PutKey(points, 3, kVarint);
    PutVarint(points, series.kind == Kind::kCounter ? 1 : 0);
  }
  std::string out;
  PutMessage(out, 1, series.name);
  PutMessage(out, 3, series.unit);
  PutMessage(out, sum ? 7 : 5, points);
  return out;
}

}  // namespace

// ExportMetricsServiceRequest{resource_metrics = 1: {resource = 1, scope_metrics = 2: {metrics =
// 2}}}
std::string OtlpRequest(const DataSet& set, const Batch& batch) {
  std::string scope;
  for (size_t g = 0; g < batch.blocks.size(); ++g) {
    for (size_t i = 0; i < batch.blocks[g].columns.size(); ++i) {
      PutMessage(
          scope, 2,
          Metric(set.groups[g].table.series[i], batch.blocks[g], batch.blocks[g].columns[i]));
    }
  }
  std::string resource;
  PutMessage(resource, 1, Attribute("host.id", "0123456789abcdef0123456789abcdef"));
  std::string all;
  PutMessage(all, 1, resource);
  PutMessage(all, 2, scope);
  std::string out;
  PutMessage(out, 1, all);
  return out;
}

size_t GzipBytes(const std::string& bytes) {
  z_stream stream{};
  GODWIT_CHECK(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string in = bytes;
  std::string out(deflateBound(&stream, in.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  GODWIT_CHECK(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  const size_t size = stream.total_out;
  deflateEnd(&stream);
  return size;
}

size_t ZstdBytes(const std::string& bytes) {
  std::string out(ZSTD_compressBound(bytes.size()), '\0');
  return ZSTD_compress(out.data(), out.size(), bytes.data(), bytes.size(), 3);
}

}  // namespace godwit::bench
