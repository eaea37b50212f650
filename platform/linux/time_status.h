// Reads the state of Linux's wall clock, and decides which source of time counts.
#pragma once

#include <optional>
#include <string>

#include "absl/time/time.h"
#include "platform/time_source.h"

namespace godwit {

// The file that systemd-timesyncd touches after each synchronisation; it does not outlive a boot.
inline constexpr char kTimesyncdFile[] = "/run/systemd/timesync/synchronized";

// The kernel's bound on the clock's error while no program maintains it (NTP_PHASE_LIMIT).
inline constexpr absl::Duration kErrorBoundMax = absl::Seconds(16);
// The time for which timesyncd's file counts as fresh. The kernel lets its error bound grow by 500
// us a second, so it calls a clock unsynchronised that long after the last synchronisation.
inline constexpr absl::Duration kTimesyncdFreshFor = absl::Seconds(32'000);

// The answer of adjtimex(2).
struct KernelTime {
  bool synchronised = false;
  absl::Duration error_bound = kErrorBoundMax;
};

// Reads the kernel's state, which needs no privilege. None: the kernel refuses, as under a seccomp
// filter.
std::optional<KernelTime> ReadKernelTime();

// Returns the time since `file` was touched, at `now` on the wall clock. None: there is no such
// file.
std::optional<absl::Duration> TimeSinceTouched(const std::string& file, absl::Time now);

// Returns the source of time. A kernel that answers decides. Its error bound counts, too: chrony
// without `rtcsync` keeps the clock and the bound right, and leaves the kernel's flag at "not
// synchronised".
TimeSource ChooseTimeSource(const std::optional<KernelTime>& kernel,
                            const std::optional<absl::Duration>& since_timesyncd);

}  // namespace godwit
