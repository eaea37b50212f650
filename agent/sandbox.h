// Implements `godwit-agent config sandbox`: what these settings need beyond the sandbox of the
// shipped service (packaging/systemd/godwit-agent.service), as a drop-in for systemd.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "platform/path_facts.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

using InspectPath = std::function<std::optional<PathFacts>(const std::string& path)>;

// Returns a whole drop-in. For settings that need nothing it has only comments.
std::string SandboxText(const AgentSettings& settings, const InspectPath& inspect);

}  // namespace godwit::agent
