// `./dev sim`: runs seeds of the simulated line and prints what struck, what broke and how fast it
// went. Arguments: the first seed, how many.
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "tests/sim/line_faults.h"

int main(int argc, char** argv) {
  using namespace godwit;
  StartLog("sim", LogLevel::kError);
  const uint64_t first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
  const uint64_t count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1000;
  std::map<std::string, uint64_t> faults;
  absl::Duration simulated;
  uint64_t broken = 0;
  const auto begin = std::chrono::steady_clock::now();
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const sim::SeedResult result = sim::RunSeed(seed);
    for (const auto& [name, times] : result.faults) faults[name] += times;
    simulated += result.simulated;
    if (result.violation.empty()) continue;
    ++broken;
    std::printf("seed %llu: %s\n  again: ./dev sim --seed %llu\n",
                static_cast<unsigned long long>(seed), result.violation.c_str(),
                static_cast<unsigned long long>(seed));
  }
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  for (const auto& [name, times] : faults) {
    std::printf("%-24s %8llu\n", name.c_str(), static_cast<unsigned long long>(times));
  }
  std::printf("%llu seeds, %.0f simulated hours, %.0f simulated seconds per second; %llu broken\n",
              static_cast<unsigned long long>(count), absl::ToDoubleHours(simulated),
              absl::ToDoubleSeconds(simulated) / seconds, static_cast<unsigned long long>(broken));
  return broken == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
