// Reads the device's own settings files from this machine, and pushed configurations on top of
// them.
#pragma once

#include <string>

#include "agent/control/configuration_state.h"
#include "agent/device/configuration_start.h"
#include "platform/file_system.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// Loads the settings file at `path` and the files beside it. If they are not valid, loads the copy
// of them that the state has kept since the last trial; without a copy it returns the files' error.
[[nodiscard]] StatusOr<OwnSettings> LoadOwnOrKept(const std::string& path, FileSystem& files);

// Returns the device's own files, as they were read, with `revision` on top. kPermissionDenied: a
// path that the revision names leads to a file that the owner does not allow.
[[nodiscard]] StatusOr<AgentSettings> LoadOffered(const SettingsSources& own,
                                                  const Revision& revision);
// Returns the same for a confirmed revision. A file that existed at its confirmation may be away
// now (a device is unplugged): that does not end the configuration.
[[nodiscard]] StatusOr<AgentSettings> LoadConfigured(const SettingsSources& own,
                                                     const Revision& revision);

}  // namespace godwit::agent
