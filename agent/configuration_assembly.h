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

// The device's own settings.
struct OwnSettings {
  AgentSettings settings;
  Status files;  // OK; or why the files cannot be taken: then these are the kept ones
};
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

// What a start begins with.
struct Configuration {
  AgentSettings settings;
  Status own_files;  // OwnSettings::files
  ConfigurationState state;
  std::unique_ptr<ConfigurationFile> file;  // null: it cannot be read, and why
  Status file_error;
};
// Of the agent whose own settings are `own`. Never fails: at worst they are what it runs with.
Configuration OpenConfiguration(OwnSettings own, FileSystem& files);
// It does not run: the device's own files alone are left.
void GiveUp(Configuration& configuration, AgentSettings own, const Status& why);

// What is in force, for people. `own_files`: OK, or why the files cannot be taken as they are now.
std::string InForceText(const ConfigurationState& state, const Status& own_files);

ConfigureOptions MakeConfigureOptions(const AgentSettings& settings, const BootId& boot_id);

}  // namespace godwit::agent
