// One seed's life: an hour in which everything breaks, then peace, in which it must drain. Used by
// the tests and by `./dev sim`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace godwit::sim {

struct StruckFault {
  uint64_t number = 0;  // within its life; the same whichever others are left out
  absl::Duration at;    // since the life began
  std::string name;
};

struct LifeOptions {
  // Numbers of faults that are left out; all others strike as they would.
  std::set<uint64_t> left_out;
  // Also the faults that run into defects that are known and not mended yet.
  bool known_defects = false;
  // Called before each fault strikes, when set. A life that aborts or hangs has no SeedResult; this
  // reports which faults it met.
  std::function<void(const StruckFault&)> on_fault;
};

struct SeedResult {
  // Empty when all is well.
  std::string violations;
  std::vector<StruckFault> struck;         // in their order
  std::map<std::string, uint64_t> faults;  // how often each kind struck
  std::map<std::string, uint64_t> states;
  // Of every event, in order: equal for equal histories.
  uint64_t history = 0;
  absl::Duration simulated;
  absl::Duration device_time;  // the same, counted for each machine
};

// An abort in here names the seed on standard error.
SeedResult RunSeed(uint64_t seed, const LifeOptions& options = {});

// The kinds of faults that strike without `known_defects`, for tests that none has gone missing.
std::vector<std::string> FaultKinds();

}  // namespace godwit::sim
