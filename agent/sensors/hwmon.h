// Finds the hwmon chips in sysfs (Documentation/hwmon/sysfs-interface.rst of the kernel).
#pragma once

#include <string>
#include <vector>

#include "agent/sensors/source.h"
#include "platform/sensor_input.h"

namespace godwit::agent {

// Returns the names in a folder, sorted; none if there is no such folder.
[[nodiscard]] StatusOr<std::vector<std::string>> NamesIn(SensorInput& input,
                                                         const std::string& folder);

// The files of a chip: its inputs or its alarms.
enum class HwmonKind { kInputs, kAlarms };

// Returns the files of all chips, those of one chip together; none if the kernel has no hwmon.
// Leaves out thermometers on a 1-Wire bus, because each takes 0.8 s to read. An error: the chips or
// the files of one cannot be listed.
//
// Source::device is the chip's id: its name and its device on the bus, "lm75.1-0048", which do not
// depend on the order in which the kernel finds the chips. If nothing else distinguishes two chips,
// the second id ends with ".2". The attribute hw.id of a series is the chip's id and the channel:
// "lm75.1-0048/temp1".
[[nodiscard]] StatusOr<std::vector<Source>> FindHwmonFiles(SensorInput& input, HwmonKind kind);

}  // namespace godwit::agent
