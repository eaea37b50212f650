// The sensors' sections of the agent's schema, in the order of the sample file.
#pragma once

#include <vector>

#include "settings/schema.h"

namespace godwit {

std::vector<SettingsSection> SensorSections();

}  // namespace godwit
