// `./dev sim`: runs seeds of the simulated world and prints what struck, what was reached, what
// broke and how fast it went. Arguments: the first seed, how many; a third: `hashes` prints each
// seed's history instead, `log` shows what the parts say, on standard error.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string_view>

#include "base/log.h"
#include "tests/sim/trouble.h"

namespace godwit {
namespace {

void PrintTable(const char* title, const std::map<std::string, uint64_t>& rows) {
  std::printf("%s\n", title);
  for (const auto& [name, times] : rows) {
    std::printf("  %-36s %10llu\n", name.c_str(), static_cast<unsigned long long>(times));
  }
}

int Run(uint64_t first, uint64_t count, bool hashes) {
  std::map<std::string, uint64_t> faults;
  std::map<std::string, uint64_t> states;
  std::set<uint64_t> histories;
  absl::Duration simulated;
  uint64_t broken = 0;
  const std::clock_t begin = std::clock();
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const sim::SeedResult result = sim::RunSeed(seed);
    if (hashes) std::printf("%llx\n", static_cast<unsigned long long>(result.history));
    for (const auto& [name, times] : result.faults) faults[name] += times;
    for (const auto& [name, times] : result.states) states[name] += times;
    histories.insert(result.history);
    simulated += result.simulated;
    if (result.violations.empty()) continue;
    ++broken;
    std::printf("seed %llu: %s\n  again: ./dev sim --seed %llu\n",
                static_cast<unsigned long long>(seed), result.violations.substr(0, 400).c_str(),
                static_cast<unsigned long long>(seed));
  }
  if (!hashes) {
    const double seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
    PrintTable("faults", faults);
    PrintTable("states", states);
    std::printf(
        "%llu seeds, %zu different histories, %.0f simulated hours,"
        " %.0f simulated seconds per CPU second; %llu broken\n",
        static_cast<unsigned long long>(count), histories.size(), absl::ToDoubleHours(simulated),
        absl::ToDoubleSeconds(simulated) / seconds, static_cast<unsigned long long>(broken));
  }
  return broken == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

}  // namespace
}  // namespace godwit

int main(int argc, char** argv) {
  const std::string_view extra = argc > 3 ? argv[3] : "";
  godwit::StartLog("sim", extra == "log" ? godwit::LogLevel::kDebug : godwit::LogLevel::kOff);
  const uint64_t first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  const uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1000;
  return godwit::Run(first, count, extra == "hashes");
}
