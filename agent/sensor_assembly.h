// Makes sensors from settings: the part of the wiring that knows every type.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/sampling/sampled_sensor.h"
#include "agent/sensors/factories.h"
#include "platform/file_system.h"
#include "platform/program.h"
#include "platform/sensor_input.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// The parts of this machine that sensors use. They outlive the sensors, and readings of them that
// hang.
struct SensorDependencies {
  SensorInput& input;
  FileSystem& files;
  ProgramRunner& programs;
  ReadStatistics statistics;  // the agent's own; zeros where none runs
};

// Returns whether a reading of the sensor of that name, "type/name", consumes what has come in
// since the last one: an extra reading would lose it.
bool IsEmptiedByReading(const std::string& name);

// Adds a problem at the first enabled sensor with which the groups exceed kDeviceGroupsMax. Depends
// only on the settings: no sensor is made.
void CheckGroups(const std::vector<SensorSettings>& sensors, Problems& problems);

// Makes the enabled sensors, in the order of the settings. A sensor that cannot be made is in the
// list, too, and reports why at each tick. kInvalidArgument: there are too many groups.
[[nodiscard]] StatusOr<std::vector<SampledSensor>> MakeSensors(
    const std::vector<SensorSettings>& settings, const SensorDependencies& dependencies);

}  // namespace godwit::agent
