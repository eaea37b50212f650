// `./dev sim`: runs seeds of the simulated world in one process per core. Prints the seeds that
// break with a shortened history, what struck, what was reached and how fast it went. Exit code 1
// if a seed breaks.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/exit_code.h"
#include "base/log.h"
#include "tests/sim/seed_farm.h"
#include "tests/sim/shrink.h"

namespace godwit::sim {
namespace {

constexpr const char* kUsage =
    "usage: run_seeds FIRST COUNT [hashes|log|one-process] [--known-defects] [--processes N]\n"
    "  hashes           print only the hash of each seed's history, in order\n"
    "  log              run in this process, with the debug log on standard error\n"
    "  one-process      run in this process: an abort ends the run\n"
    "  --known-defects  draw the faults that run into known defects, too\n"
    "  --processes N    the number of processes; by default one per core\n";
constexpr size_t kShownViolationBytes = 400;
constexpr size_t kShortenedSeeds = 3;

enum class Mode { kReport, kHashes, kLog, kOneProcess };

struct Arguments {
  uint64_t first = 0;
  uint64_t count = 0;
  Mode mode = Mode::kReport;
  FarmOptions farm;
};

bool ParseNumber(std::string_view text, uint64_t& number) {
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, number);
  return parsed.ec == std::errc() && parsed.ptr == end;
}

std::optional<Arguments> Parse(int argc, char** argv) {
  Arguments arguments;
  if (argc < 3 || !ParseNumber(argv[1], arguments.first) || !ParseNumber(argv[2], arguments.count))
    return std::nullopt;
  if (arguments.count == 0) return std::nullopt;
  if (arguments.first > std::numeric_limits<uint64_t>::max() - arguments.count) return std::nullopt;
  for (int i = 3; i < argc; ++i) {
    const std::string_view word = argv[i];
    const bool first_mode = arguments.mode == Mode::kReport;
    if (word == "hashes" && first_mode) {
      arguments.mode = Mode::kHashes;
    } else if (word == "log" && first_mode) {
      arguments.mode = Mode::kLog;
    } else if (word == "one-process" && first_mode) {
      arguments.mode = Mode::kOneProcess;
    } else if (word == "--known-defects") {
      arguments.farm.life.known_defects = true;
    } else if (word == "--processes" && i + 1 < argc) {
      if (!ParseNumber(argv[++i], arguments.farm.processes)) return std::nullopt;
      if (arguments.farm.processes == 0) return std::nullopt;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

unsigned long long Wide(uint64_t number) {
  return number;
}

void PrintTable(const char* title, const std::map<std::string, uint64_t>& rows) {
  std::printf("%s\n", title);
  for (const auto& [name, times] : rows) std::printf("  %-36s %10llu\n", name.c_str(), Wide(times));
}

void PrintBroken(const BrokenSeed& broken, bool known_defects) {
  std::printf("seed %llu: %s\n  again: ./dev sim --seed %llu%s\n", Wide(broken.seed),
              broken.violations.substr(0, kShownViolationBytes).c_str(), Wide(broken.seed),
              known_defects ? " --known-defects" : "");
}

void PrintShortened(const BrokenSeed& broken, const FarmOptions& farm) {
  ShrinkOptions options{.farm = farm};
  // One seed takes a fraction of a second.
  options.farm.seed_time_max = absl::Seconds(10);
  const ShrunkSeed shrunk = Shrink(broken.seed, options);
  if (shrunk.violations.empty()) {
    std::printf("seed %llu does not break again: it depends on more than its number\n",
                Wide(broken.seed));
    return;
  }
  std::printf("seed %llu, shortened: %zu of %llu faults are left after %llu trials%s\n",
              Wide(broken.seed), shrunk.struck.size(), Wide(shrunk.struck_before),
              Wide(shrunk.trials), shrunk.limited ? "; more trials may leave fewer" : "");
  for (const StruckFault& fault : shrunk.struck) {
    std::printf("  %-16s %s\n", absl::FormatDuration(fault.at).c_str(), fault.name.c_str());
  }
  std::printf("  violation: %s\n", shrunk.violations.substr(0, kShownViolationBytes).c_str());
}

// Three significant digits.
std::string DeviceYears(absl::Duration device_time) {
  const double years = absl::ToDoubleHours(device_time) / 24 / 365.25;
  char text[32];
  std::snprintf(text, sizeof(text), years < 1000 ? "%.3g" : "%.0f", years);
  return text;
}

void PrintClosingLine(const FarmResult& result) {
  std::set<uint64_t> histories;
  for (const auto& [seed, history] : result.histories) histories.insert(history);
  const double simulated = absl::ToDoubleSeconds(result.simulated);
  // Not zero, even for a process that did next to nothing.
  const double cpu = std::max(absl::ToDoubleSeconds(result.cpu), 1e-6);
  std::printf(
      "%llu seeds, %zu different histories, %.0f simulated hours, %s device-years,"
      " %.0f simulated seconds per CPU second; %zu broken\n",
      Wide(result.seeds), histories.size(), simulated / 3600,
      DeviceYears(result.device_time).c_str(), simulated / cpu, result.broken.size());
}

void PrintHashes(const FarmResult& result) {
  for (const auto& [seed, history] : result.histories) std::printf("%llx\n", Wide(history));
}

void PrintReport(const FarmResult& result, const Arguments& arguments) {
  for (const BrokenSeed& broken : result.broken) {
    PrintBroken(broken, arguments.farm.life.known_defects);
  }
  // A run with the log is about one seed as it is.
  const size_t shortened = arguments.mode == Mode::kLog ? 0 : kShortenedSeeds;
  for (size_t i = 0; i < std::min(shortened, result.broken.size()); ++i) {
    PrintShortened(result.broken[i], arguments.farm);
  }
  PrintTable("faults", result.faults);
  PrintTable("states", result.states);
  PrintClosingLine(result);
}

int Run(const Arguments& arguments) {
  DropNoLogLines();
  StartLog("sim", arguments.mode == Mode::kLog ? LogLevel::kDebug : LogLevel::kOff);
  const bool farmed = arguments.mode == Mode::kReport || arguments.mode == Mode::kHashes;
  const FarmResult result =
      farmed ? RunSeeds(arguments.first, arguments.count, arguments.farm)
             : RunSeedsInThisProcess(arguments.first, arguments.count, arguments.farm);
  if (arguments.mode == Mode::kHashes) {
    PrintHashes(result);
  } else {
    PrintReport(result, arguments);
  }
  return result.broken.empty() ? kExitOk : kExitFailed;
}

}  // namespace
}  // namespace godwit::sim

int main(int argc, char** argv) {
  const auto arguments = godwit::sim::Parse(argc, argv);
  if (arguments) return godwit::sim::Run(*arguments);
  std::fputs(godwit::sim::kUsage, stderr);
  return godwit::kExitUsage;
}
