// Random over getrandom(2). Thread-safe.
#pragma once

#include <cstdint>

#include "platform/random.h"

namespace godwit {

class LinuxRandom final : public Random {
 public:
  uint64_t Next() override;
};

}  // namespace godwit
