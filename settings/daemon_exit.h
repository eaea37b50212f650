// How a daemon ends that cannot begin, or go on: what people read, and its exit code.
#pragma once

#include <string_view>

#include "base/status.h"

namespace godwit {

// Prints "program: message" to standard error. Returns `exit_code`.
int Fail(std::string_view program, const Status& status, int exit_code);
// Prints problems of the settings: lines of their own, each with its place in front. Returns
// kExitSettings.
int RefuseSettings(const Status& settings);
// The same for whatever keeps a daemon from running: the exit code follows from the status' code.
int FailToRun(std::string_view program, const Status& status);

}  // namespace godwit
