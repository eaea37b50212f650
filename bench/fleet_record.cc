#include "bench/fleet_record.h"

#include <array>
#include <random>

#include "base/checksum.h"
#include "base/text.h"

namespace godwit::bench {
namespace {

constexpr int64_t kInterval = 10'000'000'000;
constexpr int64_t kTicks = 6;
constexpr uint64_t kNoise = 1 << 27;  // of a value: what the batch's size is chosen by

struct Group {
  const char* name;
  int series;
};
constexpr std::array kGroups = {Group{"system.cpu.time", 8}, Group{"system.memory.usage", 6},
                                Group{"system.disk.io", 4}, Group{"system.network.io", 4},
                                Group{"hw.temperature", 2}};

Table TableOf(const Group& group) {
  Table table;
  for (int i = 0; i < group.series; ++i) {
    table.series.push_back(
        {.name = group.name, .kind = Kind::kCounter, .attributes = {{"n", std::to_string(i)}}});
  }
  return table;
}

}  // namespace

std::vector<std::pair<TableId, std::string>> FleetTables() {
  std::vector<std::pair<TableId, std::string>> tables;
  for (const Group& group : kGroups) {
    const Table table = TableOf(group);
    tables.emplace_back(TableIdOf(table), EncodeTable(table));
  }
  return tables;
}

Batch FleetBatch(uint64_t seed, int64_t end_unix_ns) {
  static const auto tables = FleetTables();
  std::mt19937_64 random(seed);
  Batch batch{.boot_id = BootId(kBootIdSize, 'b'), .wall_synchronised = true};
  for (size_t i = 0; i < kGroups.size(); ++i) {
    Block block{.table = tables[i].first, .interval_ns = kInterval};
    block.columns.resize(static_cast<size_t>(kGroups[i].series));
    for (int64_t tick = 0; tick < kTicks; ++tick) {
      block.ticks.push_back({end_unix_ns - (kTicks - 1 - tick) * kInterval, 0});
      for (Column& column : block.columns) {
        column.Append(static_cast<int64_t>((tick + 1) * (int64_t{1} << 24) +
                                           static_cast<int64_t>(random() % kNoise)));
      }
    }
    batch.blocks.push_back(std::move(block));
  }
  return batch;
}

double SealingMoment(const std::string& device_id) {
  return static_cast<double>(Checksum(device_id) >> 11) * 0x1p-53;
}

}  // namespace godwit::bench
