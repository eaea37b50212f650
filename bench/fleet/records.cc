#include "bench/fleet/records.h"

#include <string_view>
#include <utility>

#include "base/checksum.h"
#include "bench/made_records.h"

namespace godwit::bench {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kInterval = 10 * kSecond;

Table MakeTable() {
  Table table;
  table.series.push_back({.name = kCountingSeries, .unit = "{tick}", .kind = Kind::kCounter});
  for (int i = 1; i < kSeries; ++i) {
    table.series.push_back({.name = "fleet.reading",
                            .unit = "Cel",
                            .attributes = {{"sensor", std::to_string(i)}},
                            .resolution = 0.1});
  }
  return table;
}

// 0 to 63, without a pattern.
int64_t Noise(uint64_t device, int series, int64_t tick) {
  const uint64_t words[] = {device, static_cast<uint64_t>(series), static_cast<uint64_t>(tick)};
  const std::string_view bytes(reinterpret_cast<const char*>(words), sizeof(words));
  return static_cast<int64_t>(Checksum(bytes) % 64);
}

}  // namespace

Records::Records(int64_t base_unix_s) : base_unix_s_(base_unix_s) {
  const Table table = MakeTable();
  table_.set_table_id(TableIdOf(table));
  table_.set_encoded(EncodeTable(table));
}

v1::Record Records::Make(uint64_t device, uint64_t run, uint64_t seq) const {
  const int64_t first = static_cast<int64_t>(seq - 1) * kTicksPerRecord;
  Block block = EvenBlock(table_.table_id(), kSeries, kInterval,
                          base_unix_s_ * kSecond + first * kInterval, kTicksPerRecord);
  for (int64_t tick = first; tick < first + kTicksPerRecord; ++tick) {
    block.columns[0].Append(tick + 1);
    for (int series = 1; series < kSeries; ++series) {
      // A slow wave and a digit of noise.
      const int64_t tenths = 200 + (tick + series) % 60 + Noise(device, series, tick) / 8;
      block.columns[static_cast<size_t>(series)].Append(static_cast<double>(tenths) * 0.1);
    }
  }
  return RecordOf(run, seq, BatchOf(std::move(block)));
}

}  // namespace godwit::bench
