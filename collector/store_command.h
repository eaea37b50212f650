// Implements `godwit-collector store …`: checks, copies and compacts a store, for people.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "settings/collector_settings.h"
#include "settings/command_line.h"

namespace godwit::collector {

// Loads the settings file at `path`.
[[nodiscard]] StatusOr<CollectorSettings> LoadSettings(const std::string& path);

// Makes a process that was started as root run as the user who owns the store in `folder`;
// otherwise the service could not write the files it leaves behind. To be called before anything of
// the store is opened.
[[nodiscard]] Status BecomeStoreOwner(const std::string& folder,
                                      const std::vector<std::string>& command_line);

// Returns the exit code. Output goes to standard output, errors to standard error.
int RunStoreCommand(const DaemonCommandLine& line);

}  // namespace godwit::collector
