#include "platform/linux/time_status.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/timex.h>

namespace godwit {

std::optional<KernelTime> ReadKernelTime() {
  timex query{};  // modes = 0: only reads
  const int state = adjtimex(&query);
  if (state < 0) return std::nullopt;
  return KernelTime{.synchronised = state != TIME_ERROR,
                    .error_bound = absl::Microseconds(query.maxerror)};
}

std::optional<absl::Duration> TimeSinceTouched(const std::string& file, absl::Time now) {
  struct statx facts {};
  if (statx(AT_FDCWD, file.c_str(), 0, STATX_MTIME, &facts) != 0) return std::nullopt;
  const absl::Duration touched =
      absl::Seconds(facts.stx_mtime.tv_sec) + absl::Nanoseconds(facts.stx_mtime.tv_nsec);
  return now - (absl::UnixEpoch() + touched);
}

TimeSource ChooseTimeSource(const std::optional<KernelTime>& kernel,
                            const std::optional<absl::Duration>& since_timesyncd) {
  if (kernel) {
    if (kernel->synchronised) return TimeSource::kKernel;
    return kernel->error_bound < kErrorBoundMax ? TimeSource::kErrorBound : TimeSource::kNone;
  }
  // A negative time: the clock was set back since.
  const bool recent = since_timesyncd && *since_timesyncd >= absl::ZeroDuration() &&
                      *since_timesyncd < kTimesyncdFreshFor;
  return recent ? TimeSource::kTimesyncd : TimeSource::kUnknown;
}

}  // namespace godwit
