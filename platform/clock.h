// The boot clock and the wall clock of a device. Thread-safe.
#pragma once

#include "absl/time/time.h"
#include "platform/time_source.h"

namespace godwit {

class Clock {
 public:
  virtual ~Clock() = default;

  // Returns the time since the machine booted, suspend included (CLOCK_BOOTTIME). Never goes back.
  // Everything that is scheduled, waited for or limited uses this clock.
  virtual absl::Duration Boot() const = 0;
  // Returns the time of day. It may step in both directions, and starts in 1970 on a board without
  // a battery.
  virtual absl::Time Wall() const = 0;
  // Returns what synchronises the wall clock at this moment. Never blocks.
  virtual TimeSource WallSource() const = 0;
  bool WallSynchronised() const { return IsSynchronised(WallSource()); }
};

}  // namespace godwit
