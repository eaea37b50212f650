// Parses and formats durations and sizes as people write them: "10s", "1h30m", "64MiB", "5%".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/time/time.h"
#include "base/status.h"

namespace godwit {

using ByteCount = uint64_t;

// Parses "250ms", "10s", "1h30m", "7d". A number without a unit is an error that says what to
// write.
StatusOr<absl::Duration> ParseDuration(std::string_view text);
// Parses "4096B", "64KiB", "256MiB", "50GiB".
StatusOr<ByteCount> ParseSize(std::string_view text);
// Parses "5%" to 0.05.
StatusOr<double> ParsePercent(std::string_view text);

// Returns the shortest exact form: "10s", "1m30s", "256MiB".
std::string DurationText(absl::Duration duration);
std::string SizeText(ByteCount size);
// Returns a rounded size for people to compare: "12.3 GiB".
std::string RoundSizeText(ByteCount size);

}  // namespace godwit
