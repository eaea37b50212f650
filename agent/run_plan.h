// What settings must give before an agent can run with them, judged in one place: for a start, a
// reload, a trial, `config check` and `doctor`. What the settings say by themselves is judged when
// they are loaded; here it is what they name on this machine.
#pragma once

#include <string>
#include <vector>

#include "agent/device/ports.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// Reads this machine and the files that the settings name; makes and changes nothing. Blocks.
// kInvalidArgument: all that is wrong with the settings, each at its place. Any other code: this
// machine does not say what every agent needs.
[[nodiscard]] StatusOr<RunPlan> PlanRun(const AgentSettings& settings);

// Makes this process the owner of the folders that an agent writes (platform/linux/file_owner.h).
// kPermissionDenied as there; a folder that cannot be is kInvalidArgument at the setting's place.
[[nodiscard]] Status BecomeFolderOwner(const AgentSettings& settings,
                                       const std::vector<std::string>& command_line);

}  // namespace godwit::agent
