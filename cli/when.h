// Parses instants as operators write them.
#pragma once

#include <string>

#include "absl/time/time.h"
#include "base/status.h"

namespace godwit::cli {

// "1h" (back from now), "now", "2026-05-01" (UTC) or RFC 3339. kInvalidArgument, naming `what`.
[[nodiscard]] StatusOr<absl::Time> ParseWhen(const std::string& text, absl::Time now,
                                             const std::string& what);

}  // namespace godwit::cli
