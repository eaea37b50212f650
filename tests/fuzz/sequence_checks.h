// What must hold, whatever strangers have called. Each function ends the process by a failed check,
// and says on standard error what is broken.
#pragma once

#include <string_view>
#include <utility>

#include "base/status.h"

namespace godwit::collector {

class CollectorLife;
class GoodDevice;

void Require(const Status& status, std::string_view what);

template <typename T>
T Require(StatusOr<T> value, std::string_view what) {
  Require(value.status(), what);
  return *std::move(value);
}

// After each call: the well-behaved device's view is as it left it, by the questions that operators
// ask of all devices.
void CheckGoodDevice(CollectorLife& life, const GoodDevice& device);

// After a sequence: every rule of `store verify`, and every question about every device.
void CheckStore(CollectorLife& life, const GoodDevice& device);

}  // namespace godwit::collector
