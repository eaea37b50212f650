// Clock over clock_gettime and adjtimex. Thread-safe.
#pragma once

#include <atomic>
#include <cstdint>

#include "platform/clock.h"

namespace godwit {

class LinuxClock final : public Clock {
 public:
  absl::Duration Boot() const override;
  absl::Time Wall() const override;
  // Asks the kernel at most every kAskEvery.
  bool WallSynchronised() const override;

 private:
  mutable std::atomic<int64_t> asked_at_ns_{INT64_MIN / 2};  // on the boot clock
  mutable std::atomic<bool> synchronised_{false};
};

}  // namespace godwit
