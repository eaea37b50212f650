// What a batch costs: CPU a sample to encode and to decode, bytes a sample, on this machine's real
// /proc values (the system sensor) and on a counting pattern of 500 series.
#include <benchmark/benchmark.h>

#include "agent/sensors/factories.h"
#include "base/check.h"
#include "codec/batch_codec.h"
#include "platform/linux/linux_sensor_input.h"

namespace godwit {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

// `ticks` readings of a sensor, one right after the other.
Batch Read(Sensor& sensor, uint64_t ticks) {
  Batch batch{.boot_id = BootId(kBootIdSize, 'b')};
  for (const Table& table : sensor.groups()) {
    Block block{.table = TableIdOf(EncodeTable(table)), .interval_ns = kSecond};
    block.columns.resize(table.series.size());
    batch.blocks.push_back(std::move(block));
  }
  for (uint64_t number = 1; number <= ticks; ++number) {
    Readings readings;
    for (const Table& table : sensor.groups()) readings.emplace_back(table.series.size());
    GODWIT_CHECK(sensor.Read({.number = number}, readings).ok());
    for (size_t g = 0; g < readings.size(); ++g) {
      batch.blocks[g].ticks.push_back({static_cast<int64_t>(number) * kSecond, 0});
      for (size_t i = 0; i < readings[g].size(); ++i) {
        batch.blocks[g].columns[i].Append(readings[g][i]);
      }
    }
  }
  return batch;
}

Batch BatchNamed(int64_t sensor, uint64_t ticks) {
  if (sensor == 0) {
    LinuxSensorInput input;
    return Read(**agent::MakeSystemSensor({.include = {"cpu", "load", "memory"}}, input), ticks);
  }
  return Read(**agent::MakePatternSensor({.series = 500}), ticks);
}

void Report(benchmark::State& state, const Batch& batch, const std::string& bytes) {
  const auto samples = static_cast<double>(SampleCount(batch));
  state.SetLabel(state.range(0) == 0 ? "system" : "count x500");
  // Shown with its unit, as a time.
  state.counters["CPU/sample"] = benchmark::Counter(
      samples, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
  state.counters["B/sample"] = static_cast<double>(bytes.size()) / samples;
}

void BM_Encode(benchmark::State& state) {
  const Batch batch = BatchNamed(state.range(0), static_cast<uint64_t>(state.range(1)));
  std::string bytes;
  for (auto _ : state) bytes = *EncodeBatch(batch);
  Report(state, batch, bytes);
}

void BM_Decode(benchmark::State& state) {
  const Batch batch = BatchNamed(state.range(0), static_cast<uint64_t>(state.range(1)));
  const std::string bytes = *EncodeBatch(batch);
  for (auto _ : state) {
    auto decoded = DecodeBatch(bytes);
    benchmark::DoNotOptimize(decoded);
  }
  GODWIT_CHECK(*DecodeBatch(bytes) == batch);
  Report(state, batch, bytes);
}

BENCHMARK(BM_Encode)->ArgsProduct({{0, 1}, {10, 60}});
BENCHMARK(BM_Decode)->ArgsProduct({{0, 1}, {10, 60}});

}  // namespace
}  // namespace godwit

BENCHMARK_MAIN();
