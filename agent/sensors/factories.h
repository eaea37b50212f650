// The table of sensor types. A factory reads its sources once, so a source that is missing is said
// at the start.
#pragma once

#include <memory>

#include "agent/sensors/options.h"
#include "codec/sensor.h"
#include "platform/sensor_input.h"

namespace godwit::agent {

// This machine's cpu, memory and load. `input` must outlive the sensor.
[[nodiscard]] StatusOr<std::unique_ptr<Sensor>> MakeSystemSensor(const SystemOptions& options,
                                                                 SensorInput& input);
// Computed values, for trying things out and for tests.
[[nodiscard]] StatusOr<std::unique_ptr<Sensor>> MakePatternSensor(const PatternOptions& options);

}  // namespace godwit::agent
