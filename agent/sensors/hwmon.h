// Finds the hwmon chips in sysfs (Documentation/hwmon/sysfs-interface.rst of the kernel).
#pragma once

#include <string>
#include <vector>

#include "agent/sensors/source.h"
#include "platform/sensor_input.h"

namespace godwit::agent {

// Returns the names in a folder; none if there is no such folder.
[[nodiscard]] StatusOr<std::vector<std::string>> NamesIn(SensorInput& input,
                                                         const std::string& folder);

// The files of a chip: its inputs or its alarms.
enum class HwmonKind { kInputs, kAlarms };

// Returns the files of all chips, those of one chip together. Without thermometers on a 1-Wire bus:
// each takes 0.8 s to read. A chip's hw.id is its name and the device it is, which stay the same
// in whatever order the kernel finds the chips: "lm75.1-0048". An error when the chips cannot be
// listed.
[[nodiscard]] StatusOr<std::vector<Source>> FindHwmonFiles(SensorInput& input, HwmonKind kind);

}  // namespace godwit::agent
