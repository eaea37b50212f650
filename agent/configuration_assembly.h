// From files to what an agent runs with: the device's own, and on top of them the configuration
// that was confirmed last.
#pragma once

#include <memory>
#include <string>

#include "agent/control/configuration_state.h"
#include "agent/control/options.h"
#include "platform/file_system.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// Of the file at `path`, with what lies beside it and `revision` on top. kPermissionDenied: a file
// that the revision names leads to one that its owner does not allow.
[[nodiscard]] StatusOr<AgentSettings> LoadConfigured(const std::string& path,
                                                     const Revision& revision);

// What a start begins with.
struct Configuration {
  std::string path;  // of the device's own file
  AgentSettings settings;
  ConfigurationState state;
  std::unique_ptr<ConfigurationFile> file;  // null: it cannot be read, and why
  Status file_error;
};
// Of the agent whose own settings are `own`. Never fails: at worst they are what it runs with.
Configuration OpenConfiguration(const std::string& path, AgentSettings own, FileSystem& files);
// It does not run: the device's own files alone are left.
void GiveUp(Configuration& configuration, AgentSettings own, const Status& why);

ConfigureOptions MakeConfigureOptions(const AgentSettings& settings, const BootId& boot_id);

}  // namespace godwit::agent
