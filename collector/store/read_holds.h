// Devices whose records somebody pages through: those are not merged meanwhile, so that a cursor
// finds what it has not seen yet where it left off. Thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "base/status.h"

namespace godwit::collector {

class ReadHolds {
 public:
  // Ends with the last copy; must not outlive this.
  using Hold = std::shared_ptr<void>;
  Hold Take(int64_t device);

  // Runs `change` unless the device is held; nobody takes a hold of any device meanwhile.
  template <typename Change>
  StatusOr<bool> UnlessHeld(int64_t device, const Change& change) {
    const std::lock_guard lock(mutex_);
    if (held_.contains(device)) return false;
    return change();
  }

 private:
  std::mutex mutex_;
  std::map<int64_t, int> held_;  // guarded by mutex_
};

}  // namespace godwit::collector
