// How long whoever may not be kept waiting waits for a disk: a file operation that takes longer
// fails with kInternal, as one on a disk with an I/O error.
#pragma once

#include "absl/time/time.h"

namespace godwit {

inline constexpr absl::Duration kDiskPatience = absl::Seconds(5);
// What is granted to a disk that is slow each time.
inline constexpr absl::Duration kDiskPatienceMax = absl::Minutes(2);

}  // namespace godwit
