// Reads the device's own settings files from this machine, and pushed configurations on top of
// them.
#pragma once

#include <string>

#include "agent/control/configuration_state.h"
#include "agent/device/configuration_start.h"
#include "platform/file_system.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// Of the file at `path`, with what lies beside it. If they cannot be taken, of the copy that the
// state keeps of these files since the last trial; without one the files' error.
[[nodiscard]] StatusOr<OwnSettings> LoadOwnOrKept(const std::string& path, FileSystem& files);

// The device's own files as they were read, with `revision` on top. kPermissionDenied: a file that
// the revision names leads to one that its owner does not allow.
[[nodiscard]] StatusOr<AgentSettings> LoadOffered(const SettingsSources& own,
                                                  const Revision& revision);
// The same of a revision that has been confirmed. A file that was there then may be away now (a
// device is unplugged): that ends no configuration.
[[nodiscard]] StatusOr<AgentSettings> LoadConfigured(const SettingsSources& own,
                                                     const Revision& revision);

}  // namespace godwit::agent
