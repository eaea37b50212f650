// What sensors read: small text files of the kernel, opened once and read again at each tick
// (1.2 us a read against 12 us with open and close; docs/architecture.md).
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/status.h"

namespace godwit {

// Confined to its sensor.
class SensorFile {
 public:
  virtual ~SensorFile() = default;
  // The whole file as it is now, at most kSensorFileBytesMax; valid until the next Read.
  [[nodiscard]] virtual StatusOr<std::string_view> Read() = 0;
};

inline constexpr size_t kSensorFileBytesMax = 256 * 1024;

class SensorInput {
 public:
  virtual ~SensorInput() = default;
  [[nodiscard]] virtual StatusOr<std::unique_ptr<SensorFile>> Open(const std::string& path) = 0;
};

}  // namespace godwit
