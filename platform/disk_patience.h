// The time-out of a file operation for callers that must not wait longer: it then fails with
// kInternal, as on a disk with an I/O error.
#pragma once

#include "absl/time/time.h"

namespace godwit {

inline constexpr absl::Duration kDiskPatience = absl::Seconds(5);
// The time-out on a disk that has proved to be slow.
inline constexpr absl::Duration kDiskPatienceMax = absl::Minutes(2);

}  // namespace godwit
