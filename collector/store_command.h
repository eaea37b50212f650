// Implements `godwit-collector store …`: checks, copies and compacts a store, for people.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "settings/collector_settings.h"
#include "settings/command_line.h"

namespace godwit::collector {

// Loads the settings file at `path`; errors as in LoadCollectorSettings.
[[nodiscard]] StatusOr<CollectorSettings> LoadSettings(const std::string& path);

// Makes a process that was started as root run as the user who owns the store in `folder`;
// otherwise the service could not write the files it leaves behind. Also makes the
// store's files inaccessible to others, and read-only to its group. To be called before anything of
// the store is opened, while the process has one thread. kPermissionDenied: it cannot become that
// user; the message says what to type instead, made from `command_line`, the words that started
// this process.
[[nodiscard]] Status BecomeStoreOwner(const std::string& folder,
                                      const std::vector<std::string>& command_line);

// Runs the command of `line`, and returns the exit code. Output goes to standard output, errors to
// standard error.
int RunStoreCommand(const DaemonCommandLine& line);

}  // namespace godwit::collector
