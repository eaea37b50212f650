// `godwit-agent test [SENSOR]`: what the sensors say now, for people. Needs no collector, writes
// nothing, and runs beside the agent.
#pragma once

#include <string>
#include <vector>

#include "agent/sampling/sensor_reader.h"
#include "platform/program.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// One sensor, read once.
struct SensorCheck {
  std::string name;
  Status status;
  absl::Duration took;
  std::vector<Table> groups;
  Readings values;  // in the shape of the groups; empty when it was given up
};
// A line of how it went, then a line a series.
std::string TextOf(const SensorCheck& check);

// Those that are enabled and selected: by type, by "type/name", all when it is empty. Blocks until
// each has answered or has been given up.
[[nodiscard]] StatusOr<std::vector<SensorCheck>> CheckSensors(const AgentSettings& settings,
                                                              const std::string& selected,
                                                              ProgramRunner& programs);

// The exit code: 1 when a sensor fails. Answers go to standard output, errors to standard error.
int RunSensorCommand(const AgentSettings& settings, const std::string& selected,
                     ProgramRunner& programs);

}  // namespace godwit::agent
