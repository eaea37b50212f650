#include "agent/command_assembly.h"

#include <cstdio>
#include <string>
#include <utility>

#include "agent/assembly.h"
#include "agent/control/policy.h"
#include "agent/device/part_options.h"
#include "base/exit_code.h"
#include "base/hidden_text.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

Commands MakeCommands(const AgentSettings& settings, const CommandDependencies& dependencies) {
  Commands commands;
  auto journal = CommandJournal::Open(dependencies.files, settings.state + "/commands");
  if (journal.ok()) {
    commands.journal = *std::move(journal);
  } else {
    LogError(Cat("command journal: ", Message(journal.status()), "; commands are refused"));
  }
  commands.commander = std::make_unique<Commander>(
      MakeRemoteOptions(settings), MakeActions(dependencies.targets), commands.journal.get(),
      journal.status(), dependencies.random.Next(),
      Commander::Dependencies{.clock = dependencies.targets.clock,
                              .loop = dependencies.targets.loop,
                              .storage = dependencies.storage,
                              .boot_id = dependencies.boot_id});
  return commands;
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
