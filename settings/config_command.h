// Implements `godwit-agent config …` and `godwit-collector config …`: shows settings to people.
#pragma once

#include <functional>
#include <string>

#include "settings/command_line.h"
#include "settings/loader.h"

namespace godwit {

// Loads a program's settings, with the checks that go beyond the schema.
using LoadForShow = std::function<StatusOr<LoadedSettings>(const std::string& path)>;

// Returns the exit code. Output goes to standard output, errors to standard error.
int RunConfigCommand(const DaemonCommandLine& line, const SettingsSchema& schema,
                     const LoadForShow& load);

}  // namespace godwit
