// godwit-agent: the device daemon.
#include <cstdio>
#include <string>

#include "agent/agent.h"
#include "agent/assembly.h"
#include "agent/command_assembly.h"
#include "agent/configuration_assembly.h"
#include "agent/doctor_command.h"
#include "agent/sandbox.h"
#include "agent/sensor_command.h"
#include "agent/spool_command.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/path_facts.h"
#include "platform/linux/spawner.h"
#include "settings/command_line.h"
#include "settings/config_command.h"

namespace godwit::agent {
namespace {

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

int RunAgent(const DaemonCommandLine& line, const AgentSettings& own, ProgramRunner& programs) {
  LinuxFileSystem files;
  Configuration configuration = OpenConfiguration(line.config, own, files);
  const Agent::Load load = [path = line.config](const Revision& revision) {
    return LoadConfigured(path, revision);
  };
  auto agent = Agent::Create(configuration, programs, load);
  if (!agent.ok() && !configuration.state.confirmed.id.empty()) {
    GiveUp(configuration, own, agent.status());
    agent = Agent::Create(configuration, programs, load);
  }
  if (!agent.ok()) return Fail(agent.status(), ExitCodeFor(agent.status()));
  bool restart = false;
  if (line.command == DaemonCommand::kOnce) {
    (*agent)->RunOnce();
  } else {
    restart = (*agent)->Run();
  }
  agent->reset();
  LogInfo(restart ? "restarting" : "stopped");
  if (!restart) return kExitOk;
  return Fail(BeginAnew(), kExitFailed);
}

// What reads sensors.
int RunWithSensors(const DaemonCommandLine& line) {
  const auto settings = LoadSettings(line.config);
  if (!settings.ok()) {
    std::fprintf(stderr, "%s\n", Message(settings.status()).c_str());
    return kExitSettings;
  }
  ReapLeftovers();
  // First of all, while there is one thread: it forks.
  auto spawner = Spawner::Start();
  if (!spawner.ok()) return Fail(spawner.status(), kExitFailed);
  ProgramRunner& programs = *spawner->release();  // lives as long as the process
  switch (line.command) {
    case DaemonCommand::kTest:
      return RunSensorCommand(*settings, line.argument, programs);
    case DaemonCommand::kDoctor:
      return RunDoctorCommand(*settings, programs);
    default:
      return RunAgent(line, *settings, programs);
  }
}

int Sandbox(const std::string& config) {
  const auto settings = LoadSettings(config);
  if (!settings.ok()) {
    std::fprintf(stderr, "%s\n", Message(settings.status()).c_str());
    return kExitSettings;
  }
  std::printf(
      "# What %s needs beyond the sandbox of godwit-agent.service. To use it:\n"
      "#   godwit-agent config sandbox > "
      "/etc/systemd/system/godwit-agent.service.d/sandbox.conf\n"
      "#   systemctl daemon-reload && systemctl restart godwit-agent\n%s",
      config.c_str(), SandboxText(*settings, FactsOfPath).c_str());
  return kExitOk;
}

int Config(const DaemonCommandLine& line) {
  return RunConfigCommand(
      line, AgentSchema(), [](const std::string& path) -> StatusOr<LoadedSettings> {
        GODWIT_ASSIGN_OR_RETURN(AgentSettings settings, LoadSettings(path));
        return LoadedSettings{std::move(settings.checked), std::move(settings.files)};
      });
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
       .has_spool = true,
       .has_sensors = true},
      line);
  if (exit_code) return *exit_code;
  godwit::StartLog("godwit-agent", line.log_level);
  godwit::KeepMemorySmall();
  godwit::SkipLockOrderSearch();
  switch (line.command) {
    case godwit::DaemonCommand::kRun:
    case godwit::DaemonCommand::kOnce:
    case godwit::DaemonCommand::kTest:
    case godwit::DaemonCommand::kDoctor:
      return godwit::agent::RunWithSensors(line);
    case godwit::DaemonCommand::kConfigSandbox:
      return godwit::agent::Sandbox(line.config);
    case godwit::DaemonCommand::kRemoteExplain:
      return godwit::agent::RunRemoteCommand(line.config);
    case godwit::DaemonCommand::kConfigCheck:
    case godwit::DaemonCommand::kConfigShow:
    case godwit::DaemonCommand::kConfigSample:
    case godwit::DaemonCommand::kConfigSchema:
    case godwit::DaemonCommand::kConfigReference:
      return godwit::agent::Config(line);
    default:
      return godwit::agent::RunSpoolCommand(line);
  }
}
