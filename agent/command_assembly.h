// Turns settings into remote control: what the server may do here.
#pragma once

#include <memory>
#include <string>

#include "agent/command_actions.h"
#include "agent/device/device_start.h"
#include "platform/file_system.h"
#include "platform/random.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// The dependencies of the commander. All of them outlive it.
struct CommandDependencies {
  CommandTargets targets;
  Executor& storage;
  FileSystem& files;
  Random& random;
  BootId boot_id;
};

// Makes the commander and its journal. If the journal cannot be opened, the commander refuses every
// command.
Commands MakeCommands(const AgentSettings& settings, const CommandDependencies& dependencies);

// Runs `godwit-agent remote explain` and returns its exit code.
int RunRemoteCommand(const std::string& config);

}  // namespace godwit::agent
