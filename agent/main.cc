// godwit-agent: the device daemon.
#include <cstdio>
#include <string>

#include "agent/agent.h"
#include "agent/spool_command.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "platform/linux/linux_file_system.h"
#include "platform/read_file.h"
#include "settings/agent_settings.h"
#include "settings/command_line.h"

namespace godwit::agent {
namespace {

StatusOr<AgentSettings> LoadSettings(const std::string& path) {
  LinuxFileSystem files;
  GODWIT_ASSIGN_OR_RETURN(const std::string text, ReadFile(files, path, kSmallFileBytesMax));
  return ParseAgentSettings(text, path);
}

int Fail(const Status& status, int exit_code) {
  std::fprintf(stderr, "godwit-agent: %s\n", Message(status).c_str());
  return exit_code;
}

int ExitCodeFor(const Status& status) {
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kFailedPrecondition:
    case StatusCode::kNotFound:
    case StatusCode::kOutOfRange:
      return kExitSettings;
    case StatusCode::kPermissionDenied:
      return kExitPermission;
    case StatusCode::kUnavailable:
      return kExitUnreachable;
    default:
      return kExitStorage;
  }
}

int Run(const std::string& config) {
  const auto settings = LoadSettings(config);
  if (!settings.ok()) return Fail(settings.status(), kExitSettings);
  auto agent = Agent::Create(*settings);
  if (!agent.ok()) return Fail(agent.status(), ExitCodeFor(agent.status()));
  (*agent)->Run();
  LogInfo("stopped");
  return kExitOk;
}

}  // namespace
}  // namespace godwit::agent

int main(int argc, char** argv) {
  godwit::DaemonCommandLine line;
  const auto exit_code = godwit::ParseDaemonCommandLine(
      argc, argv,
      {.name = "godwit-agent",
       .description = "The Godwit agent: samples sensors, keeps them on flash, uploads them.",
       .config = "/etc/godwit/agent.toml",
       .has_spool = true},
      line);
  if (exit_code) return *exit_code;
  godwit::StartLog("godwit-agent", line.log_level);
  if (line.command != godwit::DaemonCommand::kRun) return godwit::agent::RunSpoolCommand(line);
  return godwit::agent::Run(line.config);
}
