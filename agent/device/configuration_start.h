// Combines the device's own settings and the configuration state on flash at a start.
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
  Status files;  // OK; or why the files are refused: then these are the kept ones
};

// The configuration of a start.
struct Configuration {
  AgentSettings settings;
  Status own_files;  // OwnSettings::files
  ConfigurationState state;
  std::unique_ptr<ConfigurationFile> file;  // null: it cannot be read, because of
  Status file_error;
};

// Returns the folder of the configuration state in agent.state.
std::string ConfigurationFolderIn(const std::string& state);

// Returns the configuration of an agent whose own settings are `own`: those, and on top of them the
// configuration that was confirmed last. Never fails: at worst it runs with its own settings. If
// `boot` is an error, the state on flash is not changed.
Configuration OpenConfiguration(OwnSettings own, SettingsLoader& loader, FileSystem& files,
                                const StatusOr<BootId>& boot);
// Rejects the confirmed configuration, which does not run: the device's own files are in force
// alone.
void RejectConfirmed(Configuration& configuration, AgentSettings own, const Status& why);

// Returns a text about the configuration in force, for people. `own_files`: OK, or why the files
// are refused as they are now.
std::string InForceText(const ConfigurationState& state, const Status& own_files);

}  // namespace godwit::agent
