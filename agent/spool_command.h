// `godwit-agent spool …`: what is in a spool, for people. Reads without the agent's leave and also
// while it runs; only adopt and drop change something, and need the agent stopped.
#pragma once

#include "settings/command_line.h"

namespace godwit::agent {

// The exit code. Answers go to standard output, errors to standard error.
int RunSpoolCommand(const DaemonCommandLine& line);

}  // namespace godwit::agent
