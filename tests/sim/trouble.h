// One seed's life: an hour in which everything breaks, then peace, in which it must drain. Used by
// the tests and by `./dev sim`.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"

namespace godwit::sim {

struct SeedResult {
  // Empty when all is well.
  std::string violations;
  std::map<std::string, uint64_t> faults;
  std::map<std::string, uint64_t> states;
  // Of every event, in order: equal for equal histories.
  uint64_t history = 0;
  absl::Duration simulated;
};

SeedResult RunSeed(uint64_t seed);

}  // namespace godwit::sim
