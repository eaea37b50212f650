// Settings as text again, for people.
#pragma once

#include <string>
#include <vector>

#include "base/effective_setting.h"
#include "settings/agent_settings.h"
#include "settings/schema.h"

namespace godwit {

// All of them as TOML, defaults included; with `origin`, where each comes from, as a remark.
std::string ShowSettings(const SettingsSchema& schema, const CheckedSettings& checked, bool origin);

// What an agent runs with, by the settings' names, a line a sensor, and where each comes from: for
// whoever looks at it from afar. No secrets, nor where they are.
std::vector<EffectiveSetting> EffectiveSettings(const AgentSettings& settings);

}  // namespace godwit
