#include "tests/sim/seed_farm.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "tests/sim/seed_process.h"

namespace godwit::sim {
namespace {

using RealClock = std::chrono::steady_clock;
using std::chrono::milliseconds;

absl::Duration CpuTime(__rusage_who_t whose) {
  rusage usage{};
  GODWIT_CHECK(getrusage(whose, &usage) == 0);
  return absl::DurationFromTimeval(usage.ru_utime) + absl::DurationFromTimeval(usage.ru_stime);
}

void Merge(FarmResult& total, uint64_t seed, SeedResult result) {
  for (const auto& [name, times] : result.faults) total.faults[name] += times;
  for (const auto& [name, times] : result.states) total.states[name] += times;
  total.histories[seed] = result.history;
  total.simulated += result.simulated;
  total.device_time += result.device_time;
  if (result.violations.empty()) return;
  total.broken.push_back({seed, std::move(result.violations), std::move(result.struck), true});
}

class Farm {
 public:
  Farm(uint64_t first, uint64_t count, const FarmOptions& options)
      : first_(first), count_(count), options_(options) {
    result_.seeds = count;
  }

  FarmResult Run() {
    const absl::Duration cpu_before = CpuTime(RUSAGE_CHILDREN);
    const auto cores = static_cast<uint64_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
    const uint64_t processes = options_.processes > 0 ? options_.processes : cores;
    for (uint64_t i = 0; i < std::min(processes, count_); ++i) StartChild();
    while (!children_.empty()) Step();
    NameSeedsWithoutResult();
    std::sort(result_.broken.begin(), result_.broken.end(),
              [](const BrokenSeed& a, const BrokenSeed& b) { return a.seed < b.seed; });
    result_.cpu = CpuTime(RUSAGE_CHILDREN) - cpu_before;
    return std::move(result_);
  }

 private:
  struct Child {
    std::unique_ptr<SeedProcess> process;
    std::optional<uint64_t> seed;     // that it runs
    std::vector<StruckFault> struck;  // in this seed so far
    RealClock::time_point deadline;
    bool killed = false;

    bool WaitsForDeadline() const { return seed && !killed; }
  };

  void StartChild() {
    Child child;
    child.process = std::make_unique<SeedProcess>(first_, count_, taken_, options_);
    children_.push_back(std::move(child));
  }

  // Waits until a child has something to read or reaches its deadline, and acts on that.
  void Step() {
    std::vector<pollfd> pipes;
    for (const Child& child : children_) pipes.push_back({child.process->pipe(), POLLIN, 0});
    if (poll(pipes.data(), pipes.size(), static_cast<int>(TimeToWait().count())) < 0) {
      GODWIT_CHECK(errno == EINTR);
      return;
    }
    for (size_t i = pipes.size(); i-- > 0;) {
      Child& child = children_[i];
      if (pipes[i].revents == 0) {
        KillIfHanging(child);
        continue;
      }
      if (child.process->Read([&](SeedMessage message) { Take(child, std::move(message)); })) {
        continue;
      }
      NoteEnd(child);
      children_.erase(children_.begin() + static_cast<ptrdiff_t>(i));
      // Ends, because each child takes at least one seed.
      if (taken_.taken() < count_) StartChild();
    }
  }

  milliseconds TimeToWait() const {
    auto wait = milliseconds(60'000);
    for (const Child& child : children_) {
      if (!child.WaitsForDeadline()) continue;
      wait = std::min(wait, std::chrono::ceil<milliseconds>(child.deadline - RealClock::now()));
    }
    return std::max(wait, milliseconds(0));
  }

  void Take(Child& child, SeedMessage message) {
    if (const auto* started = std::get_if<SeedStarted>(&message)) {
      child.seed = started->seed;
      child.struck.clear();
      child.deadline = RealClock::now() + absl::ToChronoNanoseconds(options_.seed_time_max);
    } else if (auto* fault = std::get_if<StruckFault>(&message)) {
      child.struck.push_back(std::move(*fault));
    } else {
      GODWIT_CHECK(child.seed.has_value());
      Merge(result_, *child.seed, std::get<SeedResult>(std::move(message)));
      child.seed.reset();
    }
  }

  static void KillIfHanging(Child& child) {
    if (!child.WaitsForDeadline() || RealClock::now() < child.deadline) return;
    child.process->Kill();
    child.killed = true;
  }

  void NoteEnd(Child& child) {
    std::string how = child.process->Wait();
    if (!child.seed) return;
    if (child.killed) {
      how = Cat("hangs: not finished after ", absl::FormatDuration(options_.seed_time_max));
    }
    result_.broken.push_back({*child.seed, std::move(how), std::move(child.struck), false});
  }

  // Seeds whose child ended between taking the seed and reporting its start.
  void NameSeedsWithoutResult() {
    std::set<uint64_t> broken;
    for (const BrokenSeed& seed : result_.broken) broken.insert(seed.seed);
    for (uint64_t seed = first_; seed < first_ + count_; ++seed) {
      if (result_.histories.contains(seed) || broken.contains(seed)) continue;
      result_.broken.push_back({seed, "has no result: its process ended too early", {}, false});
    }
  }

  const uint64_t first_;
  const uint64_t count_;
  const FarmOptions& options_;
  SharedCounter taken_;
  std::vector<Child> children_;
  FarmResult result_;
};

}  // namespace

FarmResult RunSeeds(uint64_t first, uint64_t count, const FarmOptions& options) {
  return Farm(first, count, options).Run();
}

FarmResult RunSeedsInThisProcess(uint64_t first, uint64_t count, const FarmOptions& options) {
  FarmResult result;
  result.seeds = count;
  const absl::Duration cpu_before = CpuTime(RUSAGE_SELF);
  for (uint64_t seed = first; seed < first + count; ++seed) {
    Merge(result, seed, options.runner(seed, options.life));
  }
  result.cpu = CpuTime(RUSAGE_SELF) - cpu_before;
  return result;
}

}  // namespace godwit::sim
