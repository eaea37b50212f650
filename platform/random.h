// Random bits. Thread-safe.
#pragma once

#include <cstdint>

namespace godwit {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next() = 0;
};

}  // namespace godwit
