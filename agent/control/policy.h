// Whether the device's owner allows a command, and by which rule not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/control/command.h"
#include "agent/control/options.h"
#include "base/status.h"

namespace godwit::agent {

// OK when the owner allows a command of that kind with these arguments. kPermissionDenied names the
// rule that forbids it. Pure.
[[nodiscard]] Status Allows(const RemoteOptions& options, std::string_view kind,
                            const Arguments& arguments);

// Returns the command line of a command that runs a program (CommandTarget::kProgram).
// kPermissionDenied: the owner lists no program of that name, or the arguments do not match. Pure.
[[nodiscard]] StatusOr<std::vector<std::string>> ProgramCommand(const RemoteOptions& options,
                                                                const Arguments& arguments);

// Returns what the server can do to this device and what it cannot, for its owner, a line each.
std::string ExplainRemote(const RemoteOptions& options);

}  // namespace godwit::agent
