// Puts one of the known bugs (tests/sim/known_bugs.py) in force, or `none`, and looks for it with
// all the simulation has: cuts, flips, crashes, seeds of trials and of troubles. Argument: its
// name. Says what found it; exit code 0 if something did, 1 if nothing.
#include <cstdio>
#include <string>

#include <sys/wait.h>
#include <unistd.h>

#include "base/log.h"
#include "base/text.h"
#include "tests/sim/crash_points.h"
#include "tests/sim/damage.h"
#include "tests/sim/known_bugs.h"
#include "tests/sim/trial_life.h"
#include "tests/sim/trouble.h"

namespace godwit::sim {
namespace {

constexpr uint64_t kSeedsMax = 500;
constexpr uint64_t kTrialSeedsMax = 12;
// Every seventh byte is enough to meet each field of each kind of entry.
constexpr uint64_t kStride = 7;
std::string in_force;

std::string Find() {
  if (const auto cuts = CutEverywhere(kStride); !cuts.violation.empty()) {
    return Cat("cut: ", cuts.violation);
  }
  if (const auto flips = FlipEverywhere(kStride); !flips.violation.empty()) {
    return Cat("flip: ", flips.violation);
  }
  if (const auto crashes = CrashEverywhere(1); !crashes.violation.empty()) {
    return Cat("crash ", crashes.crashes, ": ", crashes.violation);
  }
  // Without a bug the seeds have tests of their own.
  const bool none = in_force == "none";
  for (uint64_t seed = 1; seed <= (none ? 10 : kTrialSeedsMax); ++seed) {
    const TrialLifeResult result = RunTrialLife(seed);
    if (!result.violations.empty()) return Cat("trial seed ", seed, ": ", result.violations);
  }
  const uint64_t seeds = none ? 50 : kSeedsMax;
  for (uint64_t seed = 1; seed <= seeds; ++seed) {
    const SeedResult result = RunSeed(seed);
    if (!result.violations.empty()) return Cat("seed ", seed, ": ", result.violations);
  }
  return {};
}

}  // namespace

// An abort or a crash is a result, too: it ends a process of its own.
int FindInAProcess() {
  const pid_t process = fork();
  if (process < 0) return 1;
  if (process == 0) {
    const std::string found = Find();
    std::printf("%s: %s\n", in_force.c_str(),
                found.empty() ? "not found" : found.substr(0, 300).c_str());
    std::fflush(stdout);
    _exit(found.empty() ? 1 : 0);
  }
  int status = 0;
  if (waitpid(process, &status, 0) != process) return 1;
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  std::printf("%s: ended by signal %d\n", in_force.c_str(), WTERMSIG(status));
  return 0;
}

bool KnownBug(std::string_view name) {
  return name == in_force;
}

}  // namespace godwit::sim

int main(int argc, char** argv) {
  godwit::StartLog("known bug", godwit::LogLevel::kOff);
  godwit::sim::in_force = argc > 1 ? argv[1] : "none";
  return godwit::sim::FindInAProcess();
}
