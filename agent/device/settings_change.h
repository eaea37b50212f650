// Compares two sets of settings, and finds the parts that a reload has to change. Pure.
#pragma once

#include <string>
#include <vector>

#include "settings/agent_settings.h"

namespace godwit::agent {

struct SettingsChange {
  std::vector<std::string> settings;       // the settings that differ, by name: "upload.endpoint"
  std::vector<std::string> needs_restart;  // of these, those that change only with a restart
  bool uplink = false;                     // the connection to the collector, or our identity
  bool batch = false;
  bool spool = false;                // its bounds
  std::vector<std::string> gone;     // sensors, "type/name", that are removed or replaced
  std::vector<SensorSettings> come;  // enabled sensors that are new or replaced

  bool any() const { return !settings.empty() || !gone.empty() || !come.empty(); }
};

SettingsChange Compare(const AgentSettings& now, const AgentSettings& wanted);

}  // namespace godwit::agent
