// Crashes at every file operation of a spool's life, before and after it, with everything a power
// cut may leave of what was not synced; and, two deep, again at every operation of what follows.
#pragma once

#include <cstdint>
#include <string>

namespace godwit::sim {

struct CrashReport {
  uint64_t operations = 0;  // of the undisturbed workload
  uint64_t crashes = 0;     // states that were tried
  // The first breach, with its place; empty when there is none.
  std::string violation;
};

// `depth` 1, or 2: some thousand times as many. Of the first crashes every `stride`th.
CrashReport CrashEverywhere(int depth, uint64_t stride = 1);

}  // namespace godwit::sim
