// Holds devices whose records are being paged through: those are not merged meanwhile, so that a
// cursor stays valid. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "base/mutex.h"

namespace godwit::collector {

class ReadHolds {
 public:
  // A hold of a device, released when its last copy is destroyed. Must not outlive the ReadHolds.
  // A device is held until its last hold is released.
  using Hold = std::shared_ptr<void>;
  Hold Take(int64_t device);

  // Calls `change` with a function that says whether a device is held, and returns its result. No
  // hold is taken or released meanwhile: those calls wait, so `change` must make none of them.
  template <typename Change>
  auto WhileNoneIsTaken(const Change& change) {
    const MutexLock lock(mutex_);
    // `change` calls it with the mutex held, which clang does not see.
    return change([this](int64_t device)
                      ABSL_NO_THREAD_SAFETY_ANALYSIS { return held_.contains(device); });
  }

 private:
  Mutex mutex_;
  std::map<int64_t, int> held_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace godwit::collector
