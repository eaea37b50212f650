// The two clocks of a device. Thread-safe.
#pragma once

#include "absl/time/time.h"
#include "platform/time_source.h"

namespace godwit {

class Clock {
 public:
  virtual ~Clock() = default;

  // Since the machine booted, suspend included (CLOCK_BOOTTIME). Never goes back. Everything that
  // is scheduled, waited for or limited uses this one.
  virtual absl::Duration Boot() const = 0;
  // What the calendar says; may step either way, and starts in 1970 on a board without a battery.
  virtual absl::Time Wall() const = 0;
  // What keeps the wall clock right at this moment. Never blocks.
  virtual TimeSource WallSource() const = 0;
  bool WallSynchronised() const { return IsSynchronised(WallSource()); }
};

}  // namespace godwit
