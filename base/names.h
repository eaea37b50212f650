// The names of runs and records. (device id, run id, seq) names a record for ever.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "base/seq_set.h"

namespace godwit {

using RunId = uint64_t;  // random, never 0

struct RecordName {
  RunId run = 0;
  Seq seq = 0;
  friend auto operator<=>(const RecordName&, const RecordName&) = default;
};

using TableId = std::string;  // 16 bytes: see codec/table.h
inline constexpr size_t kTableIdSize = 16;

using BootId = std::string;  // 16 bytes, random at each boot of the machine
inline constexpr size_t kBootIdSize = 16;

// The trailer in which a collector says after how many milliseconds a device may call again.
inline constexpr char kRetryAfterTrailer[] = "godwit-retry-after-ms";

}  // namespace godwit
