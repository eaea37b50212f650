// Whether the device's owner allows a command, and by which rule not.
#pragma once

#include <string>

#include "agent/control/command.h"
#include "agent/control/options.h"
#include "base/status.h"

namespace godwit::agent {

// kPermissionDenied names the rule. Pure.
[[nodiscard]] Status Allows(const RemoteOptions& options, const std::string& kind,
                            const Arguments& arguments);

// The log is followed by no command, but allowed like one.
inline constexpr char kLogsKind[] = "logs";
inline constexpr char kRunKind[] = "run";

// What `run` runs: the program that `program` names, with arguments "1", "2" and so on.
// kPermissionDenied: the owner lists none of that name, or they do not match. Pure.
[[nodiscard]] StatusOr<std::vector<std::string>> ProgramCommand(const RemoteOptions& options,
                                                                const Arguments& arguments);

// What the server may do to this device, in plain words, a line each.
std::string ExplainRemote(const RemoteOptions& options);

// A kind this agent knows, and what it does, as an owner reads it.
struct CommandKind {
  const char* name;
  const char* does;
};
const std::vector<CommandKind>& CommandKinds();

}  // namespace godwit::agent
