// Shortens the history of a seed that breaks: leaves out as many of its faults as possible, so that
// a person reads the few that matter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "tests/sim/seed_farm.h"

namespace godwit::sim {

struct ShrinkOptions {
  // `life` may leave faults out already. `processes` has no effect.
  FarmOptions farm;
  uint64_t trials_max = 600;
  // Real time, after which no further trial starts: each trial of a hanging seed takes
  // `farm.seed_time_max`.
  absl::Duration time_max = absl::Minutes(1);
};

struct ShrunkSeed {
  // Of the last trial that broke. Empty if the seed does not break.
  std::string violations;
  std::vector<StruckFault> struck;  // the faults that remain, in their order
  uint64_t struck_before = 0;       // how many there were
  uint64_t trials = 0;
  // True if a limit ended the search: perhaps more faults can be left out.
  bool limited = false;
};

// Leaves out faults, halves first and then fewer at a time, from the last to the first, as long as
// the seed still breaks in any way: a violation, an abort or a hang. Stops when none of the faults
// that remain can be left out alone. Each trial runs in a child process.
ShrunkSeed Shrink(uint64_t seed, const ShrinkOptions& options = {});

}  // namespace godwit::sim
