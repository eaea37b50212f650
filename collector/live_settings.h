// The settings that change under a running collector. Each part that depends on one reads it here
// every time.
#pragma once

#include "absl/time/time.h"
#include "base/mutex.h"
#include "collector/store/device_bounds.h"
#include "collector/store/retention.h"

namespace godwit::collector {

struct LiveValues {
  RetentionRules retention;
  double reserve_free = 0;  // of the store's disk
  absl::Duration merge_after;
  DeviceQuotas quotas;  // of each device
};

// The live settings. Thread-safe.
class LiveSettings {
 public:
  explicit LiveSettings(const LiveValues& values) : values_(values) {}

  LiveValues Read() const {
    const MutexLock lock(mutex_);
    return values_;
  }
  void Set(const LiveValues& values) {
    const MutexLock lock(mutex_);
    values_ = values;
  }

 private:
  mutable Mutex mutex_;
  LiveValues values_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace godwit::collector
