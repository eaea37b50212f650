// `./dev sim --crashes DEPTH`: crashes at every file operation, DEPTH (1 or 2) times over, and cuts
// and flips at every byte; prints what was tried. A second argument N takes every Nth of the first
// crashes.
#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "tests/sim/crash_points.h"
#include "tests/sim/damage.h"

namespace {

int Print(const char* what, const godwit::sim::DamageReport& report) {
  std::printf("%s: %llu tried, on %llu segments, %llu records, %llu bytes. %s\n", what,
              static_cast<unsigned long long>(report.damages),
              static_cast<unsigned long long>(report.segments),
              static_cast<unsigned long long>(report.records),
              static_cast<unsigned long long>(report.bytes),
              report.violation.empty() ? "no violation" : report.violation.c_str());
  return report.violation.empty() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  godwit::StartLog("crashes", godwit::LogLevel::kOff);
  const int depth = argc > 1 ? std::atoi(argv[1]) : 1;
  const uint64_t stride = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1;
  const auto report = godwit::sim::CrashEverywhere(depth, stride);
  std::printf("crashes, depth %d: %llu tried, over %llu operations. %s\n", depth,
              static_cast<unsigned long long>(report.crashes),
              static_cast<unsigned long long>(report.operations),
              report.violation.empty() ? "no violation" : report.violation.c_str());
  int failed = report.violation.empty() ? 0 : 1;
  failed += Print("cuts", godwit::sim::CutEverywhere());
  failed += Print("flips", godwit::sim::FlipEverywhere());
  return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
