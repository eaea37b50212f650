// What a record costs on this disk: appends with fdatasync a second, beside a bare write +
// fdatasync of the same bytes in the same folder; and how long opening takes. Argument: the folder.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <vector>

#include "agent/spool/spool.h"
#include "base/check.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/linux_random.h"

namespace godwit {
namespace {

constexpr int kRecords = 300;

double Seconds(const std::function<void()>& run) {
  const auto begin = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

double Median(std::vector<double> times) {
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

// Medians of one record each, in microseconds.
struct Figures {
  double append_us = 0;
  double bare_us = 0;
  double open_ms = 0;
};

Figures Measure(const std::string& folder, size_t record_bytes) {
  LinuxFileSystem files;
  LinuxRandom random;
  const agent::SpoolOptions options{
      .path = folder + "/spool", .device_id = "bench", .boot_id = BootId(kBootIdSize, 'b')};
  const std::string bytes(record_bytes, 'x');
  std::vector<double> appends;
  std::vector<double> bare;
  {
    auto spool = agent::Spool::Open(options, files, random);
    GODWIT_CHECK(spool.ok());
    auto file = files.Create(folder + "/bare");
    GODWIT_CHECK(file.ok());
    // In turns, so that both see the same disk.
    for (int i = 0; i < kRecords; ++i) {
      appends.push_back(Seconds([&] { (*spool)->Append({.batch = bytes}); }));
      bare.push_back(Seconds([&] {
        GODWIT_CHECK((*file)->Append(bytes).ok());
        GODWIT_CHECK((*file)->Sync().ok());
      }));
    }
  }
  const double open =
      Seconds([&] { GODWIT_CHECK(agent::Spool::Open(options, files, random).ok()); });
  std::filesystem::remove_all(folder + "/spool");
  std::filesystem::remove(folder + "/bare");
  return {Median(appends) * 1e6, Median(bare) * 1e6, open * 1e3};
}

}  // namespace
}  // namespace godwit

int main(int argc, char** argv) {
  using namespace godwit;
  const std::string folder = argc > 1 ? argv[1] : ".";
  std::printf("%-12s %18s %22s %20s\n", "record", "append+fdatasync", "bare write+fdatasync",
              "open 300 records");
  for (const size_t bytes : {400u, 4'000u, 20'000u, 200'000u}) {
    const Figures figures = Measure(folder, bytes);
    std::printf("%8zu B   %12.0f us/op  %16.0f us/op  %15.1f ms\n", bytes, figures.append_us,
                figures.bare_us, figures.open_ms);
  }
}
