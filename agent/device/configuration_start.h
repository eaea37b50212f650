// What a start makes of the device's own settings and of the configuration state on flash.
#pragma once

#include <memory>
#include <string>

#include "agent/control/configuration_state.h"
#include "agent/device/ports.h"
#include "platform/file_system.h"

namespace godwit::agent {

// The device's own settings.
struct OwnSettings {
  AgentSettings settings;
  Status files;  // OK; or why the files cannot be taken: then these are the kept ones
};

// What a start begins with.
struct Configuration {
  AgentSettings settings;
  Status own_files;  // OwnSettings::files
  ConfigurationState state;
  std::unique_ptr<ConfigurationFile> file;  // null: it cannot be read, and why
  Status file_error;
};

// The folder of the configuration state in agent.state.
std::string ConfigurationFolderIn(const std::string& state);

// Of the agent whose own settings are `own`: those, and on top of them the configuration that was
// confirmed last. Never fails: at worst its own settings are what it runs with. `boot`: an error:
// the state on flash is left as it is.
Configuration OpenConfiguration(OwnSettings own, SettingsLoader& loader, FileSystem& files,
                                const StatusOr<BootId>& boot);
// It does not run: the device's own files alone are left.
void RejectConfirmed(Configuration& configuration, AgentSettings own, const Status& why);

// What is in force, for people. `own_files`: OK, or why the files cannot be taken as they are now.
std::string InForceText(const ConfigurationState& state, const Status& own_files);

}  // namespace godwit::agent
