#include "agent/command_assembly.h"

#include <cstdio>
#include <string>
#include <utility>

#include "agent/assembly.h"
#include "agent/control/policy.h"
#include "base/exit_code.h"
#include "base/hidden_text.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

RemoteOptions MakeRemoteOptions(const AgentSettings& settings) {
  return {.commands = {settings.remote_commands.begin(), settings.remote_commands.end()},
          .sensors = settings.remote_sensors,
          .programs = settings.remote_programs,
          .program_timeout = settings.remote_program_timeout,
          .config = settings.remote_config,
          .config_allow = settings.remote_rules.allow,
          .config_paths = settings.remote_rules.paths};
}

Remote MakeRemote(const AgentSettings& settings, const CommandWorld& world) {
  Remote remote;
  auto journal = CommandJournal::Open(world.files, settings.state + "/commands");
  if (journal.ok()) {
    remote.journal = *std::move(journal);
  } else {
    LogError(Cat("command journal: ", Message(journal.status()), "; commands are refused"));
  }
  remote.commander =
      std::make_unique<Commander>(MakeRemoteOptions(settings), MakeActions(world.targets),
                                  remote.journal.get(), journal.status(), world.random.Next(),
                                  Commander::World{.clock = world.targets.clock,
                                                   .loop = world.targets.loop,
                                                   .storage = world.storage,
                                                   .boot_id = world.boot_id});
  return remote;
}

int RunRemoteCommand(const std::string& config) {
  const auto settings = LoadSettings(config);
  if (!settings.ok()) {
    std::fprintf(stderr, "%s\n", Message(settings.status()).c_str());
    return kExitSettings;
  }
  std::fputs(WithHiddenTexts(ExplainRemote(MakeRemoteOptions(*settings))).c_str(), stdout);
  return kExitOk;
}

}  // namespace godwit::agent
