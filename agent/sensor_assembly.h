// From settings to sensors: the part of wiring that knows every type.
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

// What sensors use of this machine. Outlives them, and readings of theirs that hang.
struct SensorDependencies {
  SensorInput& input;
  FileSystem& files;
  ProgramRunner& programs;
  ReadStatistics statistics;  // the agent's own; zeros where none runs
};

// Whether the sensor of that name, "type/name", hands out what has come in since its last reading:
// a reading out of turn would lose it.
bool IsEmptiedByReading(const std::string& name);

// Adds a problem at the first enabled sensor with which they are more groups than an agent takes
// (kDeviceGroupsMax). A property of the settings: no sensor is made.
void CheckGroups(const std::vector<SensorSettings>& sensors, Problems& problems);

// Those that are enabled, in the order of the settings. One that cannot be made is there all the
// same, and says why at each tick. kInvalidArgument: together they are more than an agent takes.
[[nodiscard]] StatusOr<std::vector<SampledSensor>> MakeSensors(
    const std::vector<SensorSettings>& settings, const SensorDependencies& dependencies);

}  // namespace godwit::agent
