// SensorInput over pread(2) on descriptors kept open. Thread-safe; its files are not.
#pragma once

#include "platform/sensor_input.h"

namespace godwit {

class LinuxSensorInput final : public SensorInput {
 public:
  StatusOr<std::unique_ptr<SensorFile>> Open(const std::string& path) override;
};

}  // namespace godwit
