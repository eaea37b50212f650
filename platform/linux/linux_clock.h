// Clock over clock_gettime, adjtimex and systemd-timesyncd's state. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "platform/clock.h"
#include "platform/linux/time_status.h"

namespace godwit {

class LinuxClock final : public Clock {
 public:
  explicit LinuxClock(std::string timesyncd_file = kTimesyncdFile)
      : timesyncd_file_(std::move(timesyncd_file)) {}

  absl::Duration Boot() const override;
  absl::Time Wall() const override;
  // Asks the kernel at most every kAskEvery, and checks timesyncd's file only if the kernel
  // refuses.
  TimeSource WallSource() const override;

 private:
  const std::string timesyncd_file_;
  mutable std::atomic<int64_t> asked_at_ns_{INT64_MIN / 2};  // on the boot clock
  mutable std::atomic<TimeSource> source_{TimeSource::kUnknown};
};

}  // namespace godwit
