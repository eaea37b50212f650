// What a reload has to do: which parts the difference between two settings touches. Pure.
#pragma once

#include <string>
#include <vector>

#include "settings/agent_settings.h"

namespace godwit::agent {

struct SettingsChange {
  std::vector<std::string> settings;       // that differ, by name: "upload.endpoint"
  std::vector<std::string> needs_restart;  // of these, those that no running agent can take
  bool uplink = false;                     // the way to the collector, or who we say we are
  bool batch = false;
  bool spool = false;                // its bounds
  std::vector<std::string> gone;     // sensors, "type/name", that go or are made anew
  std::vector<SensorSettings> come;  // sensors that are new or made anew, enabled

  bool any() const { return !settings.empty() || !gone.empty() || !come.empty(); }
};

SettingsChange Compare(const AgentSettings& now, const AgentSettings& wanted);

}  // namespace godwit::agent
