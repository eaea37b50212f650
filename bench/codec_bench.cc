// What a batch costs: bytes a sample beside what others take for the same values, with everything
// counted and every batch decoded and compared; then CPU a sample, and memory.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <cstdint>
#include <cstdio>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "bench/data/data_set.h"
#include "bench/peers/peers.h"
#include "codec/batch_codec.h"

namespace godwit::bench {
namespace {

constexpr size_t kTicks = 900;
constexpr uint64_t kSeed = 1;
constexpr size_t kBlocks[] = {1, 10, 60, 300};
constexpr size_t kOneTickSamples = 100;  // ticks, spread over the set, where a block is one tick

const DataSet& Set(const std::string& name) {
  static std::map<std::string, DataSet> sets;
  const auto [at, fresh] = sets.try_emplace(name);
  if (!fresh) return at->second;
  if (name == "sensors") {
    at->second = MakeSensors(kSeed, kTicks);
  } else {
    auto set =
        ReadRecording(std::string(GODWIT_SOURCE_DIR "/bench/data/") + name + ".csv.zst", name);
    GODWIT_CHECK(set.ok());
    at->second = *std::move(set);
  }
  return at->second;
}

std::vector<Batch> Batches(const DataSet& set, size_t ticks) {
  std::vector<Batch> batches;
  const size_t stride = ticks == 1 ? set.ticks() / kOneTickSamples : ticks;
  for (size_t first = 0; first + ticks <= set.ticks(); first += stride) {
    batches.push_back(set.Slice(first, ticks));
  }
  return batches;
}

struct Sizes {
  double godwit = 0, otlp_gzip = 0, otlp_zstd = 0, gorilla = 0;
  uint64_t samples = 0;
  uint64_t changing = 0;  // samples of series that change at all in the set

  void Add(const Sizes& other) {
    godwit += other.godwit;
    otlp_gzip += other.otlp_gzip;
    otlp_zstd += other.otlp_zstd;
    gorilla += other.gorilla;
    samples += other.samples;
    changing += other.changing;
  }
};

// The tables are sent once; here their bytes are spread over the samples of one set, 15 minutes.
double TableBytesPerSample(const DataSet& set) {
  size_t bytes = 0;
  for (const DataGroup& group : set.groups) bytes += EncodeTable(group.table).size();
  return static_cast<double>(bytes) / static_cast<double>(set.series() * set.ticks());
}

Sizes Measure(const DataSet& set, size_t ticks) {
  Sizes sizes;
  for (const Batch& batch : Batches(set, ticks)) {
    const std::string bytes = *EncodeBatch(batch);
    GODWIT_CHECK(*DecodeBatch(bytes) == batch);
    const std::string otlp = OtlpRequest(set, batch);
    sizes.godwit += static_cast<double>(bytes.size());
    sizes.otlp_gzip += static_cast<double>(GzipBytes(otlp));
    sizes.otlp_zstd += static_cast<double>(ZstdBytes(otlp));
    sizes.gorilla += static_cast<double>(GorillaBytes(batch));
    sizes.samples += SampleCount(batch);
  }
  sizes.godwit += TableBytesPerSample(set) * static_cast<double>(sizes.samples);
  sizes.changing = sizes.samples * (set.series() - set.constant_series()) / set.series();
  return sizes;
}

void PrintRow(const char* name, size_t ticks, const Sizes& sizes, double bound) {
  const auto samples = static_cast<double>(sizes.samples);
  std::printf("%-10s %5zu %9.4f", name, ticks, sizes.godwit / samples);
  if (bound > 0) {
    std::printf("  %5.3f x bound", sizes.godwit / samples / bound);
  } else {
    std::printf("  %6.3f changing", sizes.godwit / static_cast<double>(sizes.changing));
  }
  std::printf("  %9.3f %10.3f %10.3f\n", sizes.gorilla / samples, sizes.otlp_zstd / samples,
              sizes.otlp_gzip / samples);
}

void PrintSizes() {
  std::printf("bytes a sample (tables included; every batch decoded and compared)\n");
  for (const char* name : {"proc-idle", "proc-busy", "sensors"}) {
    const DataSet& set = Set(name);
    std::printf("  %-10s %zu series (%zu never change, %s), %zu ticks, tables %.4f B/sample%s\n",
                name, set.series(), set.constant_series(), set.SeriesHash().c_str(), set.ticks(),
                TableBytesPerSample(set), set.bound_bits > 0 ? ", seed 1" : "");
  }
  const DataSet& sensors = Set("sensors");
  const double bound = sensors.bound_bits / 8 / static_cast<double>(sensors.series() * kTicks);
  std::printf("  the sensors' own entropy bound: %.4f B/sample\n\n", bound);
  std::printf("%-10s %5s %9s  %15s  %9s %10s %10s\n", "set", "ticks", "godwit", "per changing",
              "gorilla", "otlp+zstd", "otlp+gzip");
  for (const size_t ticks : kBlocks) {
    const Sizes idle = Measure(Set("proc-idle"), ticks);
    const Sizes busy = Measure(Set("proc-busy"), ticks);
    Sizes both = idle;
    both.Add(busy);
    PrintRow("proc-idle", ticks, idle, 0);
    PrintRow("proc-busy", ticks, busy, 0);
    PrintRow("proc", ticks, both, 0);
    PrintRow("sensors", ticks, Measure(sensors, ticks), bound);
  }
}

size_t Allocated() {
  const auto now = mallinfo2();
  return now.uordblks + now.hblkhd;
}

// What stays allocated after a thread has encoded its first batch of 500 series and 60 ticks.
void PrintMemory() {
  const Batch batch = Set("sensors").Slice(0, 60);
  const size_t before = Allocated();
  const std::string bytes = *EncodeBatch(batch);
  const size_t kept = Allocated() - before - bytes.capacity();
  const size_t open = batch.blocks[0].columns.size() * (sizeof(Column) + size_t{64} * 9);
  std::printf(
      "\nmemory of the agent's codec, 500 series x 60 ticks: %zu KiB kept by the encoder, %zu KiB "
      "in"
      " the open batch\n\n",
      kept / 1024, open / 1024);
}

void Label(benchmark::State& state, const char* set, size_t samples) {
  state.SetLabel(set);
  // Shown with its unit, as a time.
  state.counters["CPU/sample"] = benchmark::Counter(
      static_cast<double>(samples),
      benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void Encode(benchmark::State& state, const char* name) {
  const auto batches = Batches(Set(name), static_cast<size_t>(state.range(0)));
  size_t samples = 0;
  for (const Batch& batch : batches) samples += SampleCount(batch);
  for (auto _ : state) {
    for (const Batch& batch : batches) benchmark::DoNotOptimize(EncodeBatch(batch));
  }
  Label(state, name, samples);
}

void Decode(benchmark::State& state, const char* name) {
  std::vector<std::string> encoded;
  size_t samples = 0;
  for (const Batch& batch : Batches(Set(name), static_cast<size_t>(state.range(0)))) {
    encoded.push_back(*EncodeBatch(batch));
    samples += SampleCount(batch);
  }
  for (auto _ : state) {
    for (const std::string& bytes : encoded) benchmark::DoNotOptimize(DecodeBatch(bytes));
  }
  Label(state, name, samples);
}

BENCHMARK_CAPTURE(Encode, proc, "proc-busy")->Arg(10)->Arg(60)->Arg(300);
BENCHMARK_CAPTURE(Decode, proc, "proc-busy")->Arg(10)->Arg(60)->Arg(300);
BENCHMARK_CAPTURE(Encode, sensors, "sensors")->Arg(10)->Arg(60)->Arg(300);
BENCHMARK_CAPTURE(Decode, sensors, "sensors")->Arg(10)->Arg(60)->Arg(300);

}  // namespace
}  // namespace godwit::bench

int main(int argc, char** argv) {
  godwit::bench::PrintMemory();
  godwit::bench::PrintSizes();
  std::printf("\nCPU a sample (medians)\n");
  std::fflush(stdout);
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
