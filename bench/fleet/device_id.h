// The id of a simulated device, by its number in the fleet.
#pragma once

#include <cstdint>
#include <string>

#include "base/text.h"

namespace godwit::bench {

inline std::string DeviceId(uint64_t number) {
  return Cat("fleet-", number);
}

}  // namespace godwit::bench
