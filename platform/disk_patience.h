// The time-outs of file operations in PatientFileSystem, which fails a late operation with
// kInternal, as on a disk with an I/O error.
#pragma once

#include "absl/time/time.h"

namespace godwit {

// The time-out at first, and the smallest one.
inline constexpr absl::Duration kDiskPatience = absl::Seconds(5);
// The largest time-out. After a late operation the time-out is twice the time which that operation
// took, up to this. Faster syncs shrink it.
inline constexpr absl::Duration kDiskPatienceMax = absl::Minutes(2);

}  // namespace godwit
