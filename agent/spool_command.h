// Implements `godwit-agent spool …`: shows the contents of a spool. Reads without locks, also while
// the agent runs; only adopt and drop change something, and need the agent stopped.
#pragma once

#include "settings/command_line.h"

namespace godwit::agent {

// Returns the exit code. Output goes to standard output, errors to standard error.
int RunSpoolCommand(const DaemonCommandLine& line);

}  // namespace godwit::agent
