// Counters of the uplink's work.
#pragma once

#include <cstdint>

#include "base/units.h"

namespace godwit::agent {

// The counters since the start of the uplink.
struct UploadCounters {
  uint64_t sessions = 0;
  uint64_t streams = 0;  // that were answered
  uint64_t records = 0;  // in them
  ByteCount bytes = 0;
  uint64_t rejected = 0;
  uint64_t conflicts = 0;
  uint64_t failures = 0;
  uint64_t answers_refused = 0;  // to OpenSession: they claimed too much
  uint64_t hints_cut = 0;        // that asked for more than kRetryHintMax
};

}  // namespace godwit::agent
