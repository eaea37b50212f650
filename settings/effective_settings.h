// Formats settings as text for people.
#pragma once

#include <string>
#include <vector>

#include "base/effective_setting.h"
#include "settings/agent_settings.h"
#include "settings/schema.h"

namespace godwit {

// Returns all settings as TOML, defaults included; with `origin`, a remark on each says where it
// comes from.
std::string ShowSettings(const SettingsSchema& schema, const CheckedSettings& checked, bool origin);

// Returns the settings in force on an agent by their names, a line for each sensor, with their
// origins: for operators. No secrets, nor their places.
std::vector<EffectiveSetting> EffectiveSettings(const AgentSettings& settings);

}  // namespace godwit
