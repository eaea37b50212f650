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

// What the server may do to this device, in plain words, a line each.
std::string ExplainRemote(const RemoteOptions& options);

// A kind this agent knows, and what it does, as an owner reads it.
struct CommandKind {
  const char* name;
  const char* does;
};
const std::vector<CommandKind>& CommandKinds();

}  // namespace godwit::agent
