// Implements `godwit-agent config sandbox`: writes a systemd drop-in with the permissions that
// settings need beyond the sandbox of the shipped service (packaging/systemd/godwit-agent.service).
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "platform/path_facts.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// Returns the owner and permissions of a path; none: it does not exist, or cannot be read.
using InspectPath = std::function<std::optional<PathFacts>(const std::string& path)>;

// Returns the whole text of the drop-in. If the settings need nothing more, it has only comments.
std::string SandboxText(const AgentSettings& settings, const InspectPath& inspect);

}  // namespace godwit::agent
