// `godwit-collector store …`: the store checked, copied and made small, for people.
#pragma once

#include <string>

#include "base/status.h"
#include "settings/collector_settings.h"
#include "settings/command_line.h"

namespace godwit::collector {

// Of the file at `path`.
[[nodiscard]] StatusOr<CollectorSettings> LoadSettings(const std::string& path);

// The exit code. Answers go to standard output, errors to standard error.
int RunStoreCommand(const DaemonCommandLine& line);

}  // namespace godwit::collector
