// The schema of [remote] in the agent's settings.
#pragma once

#include "settings/schema.h"

namespace godwit {

SettingsSection RemoteSection();

}  // namespace godwit
