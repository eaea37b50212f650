// The port for a cache of the store's devices, which has to know when it is out of date.
#pragma once

#include <string>

namespace godwit::collector {

// Observes changes. Called on the writer executor, once a change is durable and before its caller
// is answered. Must not block. Writer-confined.
class StoreObserver {
 public:
  virtual ~StoreObserver() = default;

  // Reports that the device is new, or that its name or labels may have changed.
  virtual void OnIdentity(const std::string& device_id) = 0;
  // Reports that the stored data of the device, or its report of itself, has changed.
  virtual void OnState(const std::string& device_id) = 0;
};

}  // namespace godwit::collector
