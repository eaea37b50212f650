// What one device may add to the store, so that it harms only itself: how fast it may bring what is
// new, and the quotas of the settings. Nothing is lost by them: a record beyond them gets the
// verdict RETRY, a session UNAVAILABLE, both with a hint when to come again. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "base/units.h"

namespace godwit::collector {

enum class DeviceBound { kTables, kRuns, kBoots, kAccount, kBytes, kSeries };
inline constexpr size_t kDeviceBounds = 6;

// Of one device; 0: none.
struct DeviceQuotas {
  ByteCount bytes = 0;  // of its records in the store
  uint64_t series = 0;  // different ones, of all its tables
};

struct BoundTraits {
  const char* name;    // of its counter and its alert
  const char* reason;  // what its device hears
  // A quota has the pause only.
  uint64_t most;  // within `within`
  absl::Duration within;
  absl::Duration pause;  // between two calls of a device that is slowed
  uint64_t most_slowed;  // in such a call
};
const BoundTraits& TraitsOf(DeviceBound bound);

// What was not taken, and when it may come again.
struct Postponement {
  DeviceBound bound = DeviceBound::kTables;
  absl::Duration wait;
};

// How much of one kind a device has brought lately.
struct Pace {
  int64_t since_unix_ns = 0;  // the beginning of the time that is counted
  uint64_t count = 0;
  int64_t next_unix_ns = 0;  // while it is slowed: when the next call may come; 0: it is not
  bool slowed = false;       // in this time, or in the one before
};

struct PaceAnswer {
  absl::Duration wait;     // 0: it is taken
  bool is_raised = false;  // it begins to be slowed: an alert
};

// `count` new ones come; one that is slowed without a break is said to begin once.
PaceAnswer Take(const BoundTraits& traits, uint64_t count, int64_t now_unix_ns, Pace& pace);
// A quota refuses a call.
PaceAnswer Refuse(const BoundTraits& traits, int64_t now_unix_ns, Pace& pace);

// The detail of an alert.
std::string AlertDetail(DeviceBound bound, const DeviceQuotas& quotas);

}  // namespace godwit::collector
