// From settings to remote control: what the server may do here.
#pragma once

#include <memory>
#include <string>

#include "agent/command_actions.h"
#include "agent/device/device_start.h"
#include "platform/file_system.h"
#include "platform/random.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// All of it outlives the commander.
struct CommandDependencies {
  CommandTargets targets;
  Executor& storage;
  FileSystem& files;
  Random& random;
  BootId boot_id;
};

// Without a journal it is there all the same, and refuses every command.
Commands MakeCommands(const AgentSettings& settings, const CommandDependencies& dependencies);

// `godwit-agent remote explain`.
int RunRemoteCommand(const std::string& config);

}  // namespace godwit::agent
