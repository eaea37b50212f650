// Bounds what one device may add to the store, so that it harms only itself: the rate of new items,
// and the quotas of the settings. Nothing is lost by them: a record beyond them gets the verdict
// RETRY, a session UNAVAILABLE, both with a retry hint. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "base/units.h"

namespace godwit::collector {

enum class DeviceBound { kTables, kRuns, kBoots, kAccount, kBytes, kSeries };
inline constexpr size_t kDeviceBounds = 6;

// The quotas of one device; 0: none.
struct DeviceQuotas {
  ByteCount bytes = 0;  // of its records in the store
  uint64_t series = 0;  // different ones, of all its tables
};

struct BoundTraits {
  const char* name;    // of its counter and its alert
  const char* reason;  // the message to its device
  // The bounds within a time. A quota has the pause only.
  uint64_t most;  // within `within`
  absl::Duration within;
  absl::Duration pause;  // between two calls of a device that is slowed
  uint64_t most_slowed;  // in such a call
};
const BoundTraits& TraitsOf(DeviceBound bound);

// The bound that refused a call, and the time until the next attempt.
struct Postponement {
  DeviceBound bound = DeviceBound::kTables;
  absl::Duration wait;
};

// How many new items of one kind a device has brought lately.
struct Pace {
  int64_t since_unix_ns = 0;  // the beginning of the time that is counted
  uint64_t count = 0;
  int64_t next_unix_ns = 0;  // while it is slowed: when the next call may come; 0: it is not
  bool slowed = false;       // in this time, or in the one before
};

struct PaceAnswer {
  absl::Duration wait;     // 0: it is taken
  bool is_raised = false;  // it has just been slowed: an alert
};

// Counts `count` new items. A device that stays slowed without a break raises one alert.
PaceAnswer Take(const BoundTraits& traits, uint64_t count, int64_t now_unix_ns, Pace& pace);
// Counts a call that a quota refuses.
PaceAnswer Refuse(const BoundTraits& traits, int64_t now_unix_ns, Pace& pace);

// Returns the detail of an alert.
std::string AlertDetail(DeviceBound bound, const DeviceQuotas& quotas);

}  // namespace godwit::collector
