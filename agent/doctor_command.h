// `godwit-agent doctor`: what could keep this agent from doing its work, and what to do about it.
#pragma once

#include "platform/program.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// The exit code: 1 when something is bad. May run beside the agent.
int RunDoctorCommand(const AgentSettings& settings, ProgramRunner& programs);

}  // namespace godwit::agent
