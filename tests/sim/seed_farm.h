// Runs many seeds in child processes, one per core, and merges their results. A seed that aborts,
// crashes or hangs ends only the child that runs it: the farm reports the seed as broken, starts
// another child and runs the seeds that are left.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/sim/trouble.h"

namespace godwit::sim {

// Must call LifeOptions::on_fault before each fault, so that the faults of a seed that aborts are
// known.
using SeedRunner = std::function<SeedResult(uint64_t seed, const LifeOptions& options)>;

struct FarmOptions {
  SeedRunner runner = RunSeed;
  // The farm sets `on_fault` itself.
  LifeOptions life;
  // 0: one per core that is online.
  uint64_t processes = 0;
  // Real time. A seed that takes longer is killed and counts as broken.
  absl::Duration seed_time_max = absl::Seconds(60);
};

struct BrokenSeed {
  uint64_t seed = 0;
  // What the run reported, or how its process ended and what that wrote on standard error.
  std::string violations;
  // In their order. Of a run that did not finish: up to its end.
  std::vector<StruckFault> struck;
  // False if its process ended or was killed.
  bool finished = false;
};

// The sum of many seeds. All but `cpu` is independent of the number of processes.
struct FarmResult {
  uint64_t seeds = 0;
  std::vector<BrokenSeed> broken;          // in the order of their numbers
  std::map<uint64_t, uint64_t> histories;  // by seed, of those that finished
  std::map<std::string, uint64_t> faults;
  std::map<std::string, uint64_t> states;
  absl::Duration simulated;
  absl::Duration device_time;
  absl::Duration cpu;  // of the processes that ran the seeds
};

// Runs the seeds [first, first + count). Forks: the calling process must have one thread.
FarmResult RunSeeds(uint64_t first, uint64_t count, const FarmOptions& options = {});

// The same in the calling process, one after another. An abort or a hang is the caller's.
// `processes` and `seed_time_max` have no effect.
FarmResult RunSeedsInThisProcess(uint64_t first, uint64_t count, const FarmOptions& options = {});

}  // namespace godwit::sim
