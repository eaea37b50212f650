// From settings to remote control: what the server may do here, and what each command does.
#pragma once

#include <functional>
#include <memory>

#include "agent/control/commander.h"
#include "agent/sampling/sampler.h"
#include "platform/file_system.h"
#include "platform/random.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// What commands act on. All of it outlives the commander and is used on its loop.
struct CommandWorld {
  const Clock& clock;
  Executor& loop;
  Executor& storage;
  FileSystem& files;
  Random& random;
  std::function<Sampler&()> sampler;
  std::function<std::string()> flush;  // says what it did
  std::function<void()> restart;
};

struct Remote {
  std::unique_ptr<CommandJournal> journal;
  std::unique_ptr<Commander> commander;
};

RemoteOptions MakeRemoteOptions(const AgentSettings& settings);
// Without a journal it is there all the same, and refuses every command.
Remote MakeRemote(const AgentSettings& settings, const CommandWorld& world);

// `godwit-agent remote explain`.
int RunRemoteCommand(const std::string& config);

}  // namespace godwit::agent
