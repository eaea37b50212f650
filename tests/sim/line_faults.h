// One seed's life of the straight line: half an hour in which everything breaks, then peace, in
// which it must drain. Used by the tests (a hundred seeds) and by `./dev sim` (as many as you
// like).
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"

namespace godwit::sim {

struct SeedResult {
  // Empty when all is well.
  std::string violation;
  // How often each kind of fault struck.
  std::map<std::string, uint64_t> faults;
  // Equal for equal histories: two runs of one seed must agree.
  uint64_t history = 0;
  absl::Duration simulated;
};

SeedResult RunSeed(uint64_t seed);

}  // namespace godwit::sim
