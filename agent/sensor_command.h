// Implements `godwit-agent test [SENSOR]`: reads sensors now, for people. Needs no collector,
// writes nothing, and may run beside the agent.
#pragma once

#include <string>
#include <vector>

#include "agent/sampling/sensor_reader.h"
#include "platform/program.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// The result of reading one sensor once.
struct SensorCheck {
  std::string name;
  Status status;
  absl::Duration took;
  std::vector<Table> groups;
  Readings values;  // in the shape of the groups; empty if it timed out
};
// Returns a line about the reading, then a line for each series.
std::string TextOf(const SensorCheck& check);

// Reads the sensors that are enabled and selected: by type, by "type/name", or all if it is empty.
// Blocks until each has answered or timed out.
[[nodiscard]] StatusOr<std::vector<SensorCheck>> CheckSensors(const AgentSettings& settings,
                                                              const std::string& selected,
                                                              ProgramRunner& programs);

// Returns the exit code: 1 if a sensor fails. Values go to standard output, errors to standard
// error.
int RunSensorCommand(const AgentSettings& settings, const std::string& selected,
                     ProgramRunner& programs);

}  // namespace godwit::agent
