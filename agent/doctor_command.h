// Runs `godwit-agent doctor`: reports what could keep this agent from working, and what to do about
// it. Returns the exit code: 1 if something is bad. Changes nothing, and may run beside the agent.
// `owner` is the error if the process could not become the user who owns the agent's folders.
#pragma once

#include "platform/program.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// The exit code: 1 when something is bad. Makes and changes nothing, and may run beside the agent.
// `owner` is the error if the process could not become the user who owns the agent's folders.
int RunDoctorCommand(const AgentSettings& settings, const Status& owner, ProgramRunner& programs);

}  // namespace godwit::agent
