// `godwit-agent config …`, `godwit-collector config …`: the settings, for people.
#pragma once

#include <functional>
#include <string>

#include "settings/command_line.h"
#include "settings/loader.h"

namespace godwit {

// How a program loads its own: with the checks that go beyond the schema.
using LoadForShow = std::function<StatusOr<LoadedSettings>(const std::string& path)>;

// The exit code. Answers go to standard output, errors to standard error.
int RunConfigCommand(const DaemonCommandLine& line, const SettingsSchema& schema,
                     const LoadForShow& load);

}  // namespace godwit
