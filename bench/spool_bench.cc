// What the spool costs on a real disk.
//   bench_spool append FOLDER            appends with fdatasync a second, beside a bare write +
//                                        fdatasync of the same bytes in the same folder
//   bench_spool open FOLDER              opening a spool of 1 GiB, beside reading all of it
//   bench_spool write FOLDER TICKS N     N records of 500 series and TICKS ticks; prints the
//                                        samples and the bytes handed to the spool, to compare with
//                                        what the device got
//   bench_spool fill FOLDER TICKS N      the same, and leaves them there
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/spool/spool.h"
#include "base/check.h"
#include "base/log.h"
#include "codec/batch_codec.h"
#include "codec/table.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/linux_random.h"

namespace godwit {
namespace {

constexpr int kRecords = 300;
constexpr size_t kSeries = 500;

double Seconds(const std::function<void()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double Median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

struct Disk {
  explicit Disk(const std::string& folder)
      : options{.path = folder + "/spool",
                .device_id = "bench",
                .boot_id = BootId(kBootIdSize, 'b'),
                .max_bytes = ByteCount{2} << 30,
                .reserve_free = 0} {
    std::filesystem::remove_all(options.path);
  }
  ~Disk() {
    if (!keep) std::filesystem::remove_all(options.path);
  }

  std::unique_ptr<agent::Spool> Open() {
    auto spool = agent::Spool::Open(options, files, random);
    GODWIT_CHECK(spool.ok());
    return *std::move(spool);
  }

  LinuxFileSystem files;
  LinuxRandom random;
  const agent::SpoolOptions options;
  bool keep = false;
};

void Append(agent::Spool& spool, std::string batch) {
  const agent::Appended appended = spool.Append({.batch = std::move(batch)});
  GODWIT_CHECK(appended.fate == agent::Appended::Fate::kSafe);
}

void MeasureAppends(const std::string& folder, size_t record_bytes) {
  Disk disk(folder);
  const std::string bytes(record_bytes, 'x');
  std::vector<double> appends;
  std::vector<double> bare;
  const auto spool = disk.Open();
  auto file = disk.files.Create(folder + "/bare");
  GODWIT_CHECK(file.ok());
  // In turns, so that both see the same disk.
  for (int i = 0; i < kRecords; ++i) {
    appends.push_back(Seconds([&] { Append(*spool, bytes); }));
    bare.push_back(Seconds([&] {
      GODWIT_CHECK((*file)->Append(bytes).ok());
      GODWIT_CHECK((*file)->Sync().ok());
    }));
  }
  std::filesystem::remove(folder + "/bare");
  std::printf("%8zu B   %10.0f /s   %10.0f /s\n", record_bytes, 1 / Median(appends),
              1 / Median(bare));
}

void DropCaches() {
  if (std::system("sync; echo 3 > /proc/sys/vm/drop_caches") != 0) {
    std::printf("(not root: the page cache stays warm)\n");
  }
}

void MeasureOpening(const std::string& folder) {
  Disk disk(folder);
  {
    const auto spool = disk.Open();
    const std::string record(500'000, 'x');
    while (spool->stats().bytes < ByteCount{1} << 30) Append(*spool, record);
  }
  DropCaches();
  const double cold = Seconds([&] { disk.Open(); });
  std::vector<double> warm;
  for (int i = 0; i < 11; ++i) warm.push_back(Seconds([&] { disk.Open(); }));
  DropCaches();
  const double whole = Seconds([&] {
    const auto entries = disk.files.List(disk.options.path);
    for (const FileEntry& entry : *entries) {
      const auto file = disk.files.Open(disk.options.path + "/" + entry.name);
      if (const auto name = agent::ParseSegmentFileName(entry.name)) {
        GODWIT_CHECK(agent::ReadIndex(**file, *name, "bench").ok());
      }
    }
  });
  std::printf(
      "open a spool of 1 GiB: %.1f ms cold, %.1f ms warm (median of 11); reading all of it:"
      " %.0f ms cold\n",
      cold * 1e3, Median(warm) * 1e3, whole * 1e3);
}

Table MakeTable() {
  Table table;
  for (size_t i = 0; i < kSeries; ++i) {
    table.series.push_back({.name = "bench.walk",
                            .unit = "1",
                            .kind = Kind::kGauge,
                            .attributes = {{"index", std::to_string(i)}}});
  }
  return table;
}

// A walk in small steps: what slow sensors give. The `number`th batch of those in a row.
Batch MakeBatch(const TableId& table, int number, size_t ticks, std::mt19937_64& random) {
  static std::vector<int64_t> values(kSeries, 20'000);
  Block block{.table = table, .interval_ns = 1'000'000'000};
  block.columns.resize(kSeries);
  for (size_t tick = 0; tick < ticks; ++tick) {
    const size_t second = static_cast<size_t>(number) * ticks + tick;
    block.ticks.push_back({static_cast<int64_t>(second) * 1'000'000'000, 0});
    for (size_t i = 0; i < kSeries; ++i) {
      values[i] += static_cast<int64_t>(random() % 5) - 2;
      block.columns[i].Append(values[i]);
    }
  }
  return {.boot_id = BootId(kBootIdSize, 'b'), .blocks = {std::move(block)}};
}

void Write(const std::string& folder, size_t ticks, int records, bool keep) {
  Disk disk(folder);
  disk.keep = keep;
  std::mt19937_64 random(1);
  const auto spool = disk.Open();
  const Table table = MakeTable();
  size_t bytes = 0;
  for (int i = 0; i < records; ++i) {
    std::string batch = *EncodeBatch(MakeBatch(TableIdOf(table), i, ticks, random));
    bytes += batch.size();
    const agent::Appended appended = spool->Append(
        {.tables = {{TableIdOf(table), EncodeTable(table)}}, .batch = std::move(batch)});
    GODWIT_CHECK(appended.fate == agent::Appended::Fate::kSafe);
  }
  std::printf("%zu %zu\n", static_cast<size_t>(records) * ticks * kSeries, bytes);
}

int Run(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  const std::string folder = argc > 2 ? argv[2] : ".";
  StartLog("bench", LogLevel::kError);
  if (what == "append") {
    std::printf("%-12s %12s   %s\n", "record", "append", "bare write + fdatasync (medians)");
    for (const size_t bytes : {400u, 4'000u, 20'000u, 200'000u}) MeasureAppends(folder, bytes);
  } else if (what == "open") {
    MeasureOpening(folder);
  } else if ((what == "write" || what == "fill") && argc > 4) {
    Write(folder, static_cast<size_t>(std::atoi(argv[3])), std::atoi(argv[4]), what == "fill");
  } else {
    std::fprintf(stderr, "bench_spool append|open|write|fill FOLDER [TICKS RECORDS]\n");
    return 64;
  }
  return 0;
}

}  // namespace
}  // namespace godwit

int main(int argc, char** argv) {
  return godwit::Run(argc, argv);
}
