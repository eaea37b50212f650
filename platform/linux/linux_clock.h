// Clock over clock_gettime and adjtimex. Thread-safe.
#pragma once

#include "platform/clock.h"

namespace godwit {

class LinuxClock final : public Clock {
 public:
  absl::Duration Boot() const override;
  absl::Time Wall() const override;
  bool WallSynchronised() const override;
};

}  // namespace godwit
