// Durations and sizes as people write them: "10s", "1h30m", "64MiB", "5%".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/status.h"

namespace godwit {

using ByteCount = uint64_t;

// "250ms", "10s", "1h30m", "7d"; a number without a unit is an error that says what to write.
StatusOr<absl::Duration> ParseDuration(std::string_view text);
// "4096B", "64KiB", "256MiB", "50GiB".
StatusOr<ByteCount> ParseSize(std::string_view text);
// "5%" as 0.05.
StatusOr<double> ParsePercent(std::string_view text);

// The shortest exact spelling: "10s", "1m30s", "256MiB".
std::string DurationText(absl::Duration duration);
std::string SizeText(ByteCount size);
// For people who compare: "12.3 GiB".
std::string RoundSizeText(ByteCount size);

}  // namespace godwit
