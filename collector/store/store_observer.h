// Who keeps a picture of the store's devices, and has to know when it is out of date.
#pragma once

#include <string>

namespace godwit::collector {

// Called on the writer executor, once a change is durable and before its caller hears of it. Must
// not block. Writer-confined.
class StoreObserver {
 public:
  virtual ~StoreObserver() = default;

  // The device is new, or its name or labels may be others.
  virtual void OnIdentity(const std::string& device_id) = 0;
  // What is stored of it changed, or what it reports of itself.
  virtual void OnState(const std::string& device_id) = 0;
};

}  // namespace godwit::collector
