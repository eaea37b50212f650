// `godwit-collector store …`: the store checked, copied and made small, for people.
#pragma once

#include <string>
#include <vector>

#include "base/status.h"
#include "settings/collector_settings.h"
#include "settings/command_line.h"

namespace godwit::collector {

// Of the file at `path`.
[[nodiscard]] StatusOr<CollectorSettings> LoadSettings(const std::string& path);

// A collector or a command that is started as root works as the user who owns the store in
// `folder`, or the service could not write what it leaves behind. Before anything of it is opened.
[[nodiscard]] Status BecomeStoreOwner(const std::string& folder,
                                      const std::vector<std::string>& command_line);

// The exit code. Answers go to standard output, errors to standard error.
int RunStoreCommand(const DaemonCommandLine& line);

}  // namespace godwit::collector
