// Checks in one place whether an agent can run with its settings: for a start, a reload, a trial,
// `config check` and `doctor`. Loading checks the settings themselves; this checks what they name
// on this machine.
#pragma once

#include <string>
#include <vector>

#include "agent/device/ports.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// Reads this machine and the files that the settings name; changes nothing. Blocks.
// kInvalidArgument: everything that is wrong with the settings, each fault at its place. Any other
// code: this machine lacks something that every agent needs.
[[nodiscard]] StatusOr<RunPlan> PlanRun(const AgentSettings& settings);

// Makes this process run as the owner of the folders that an agent writes
// (platform/linux/file_owner.h). kPermissionDenied as there; kInvalidArgument, at the setting's
// place: the folder cannot be checked.
[[nodiscard]] Status BecomeFolderOwner(const AgentSettings& settings,
                                       const std::vector<std::string>& command_line);

}  // namespace godwit::agent
