// Decides whether the device's owner allows a command, and names the rule that forbids it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/control/command.h"
#include "agent/control/options.h"
#include "base/status.h"

namespace godwit::agent {

// Returns OK if the owner allows a command of that kind with these arguments. kPermissionDenied
// names the rule that forbids it. Pure.
[[nodiscard]] Status Allows(const RemoteOptions& options, std::string_view kind,
                            const Arguments& arguments);

// Returns the command line of a command that runs a program (CommandTarget::kProgram).
// kPermissionDenied: the owner lists no program of that name, or the arguments do not match. Pure.
[[nodiscard]] StatusOr<std::vector<std::string>> ProgramCommand(const RemoteOptions& options,
                                                                const Arguments& arguments);

// Returns a text for the device's owner: what the server can do to this device and what it cannot,
// one line each.
std::string ExplainRemote(const RemoteOptions& options);

}  // namespace godwit::agent
