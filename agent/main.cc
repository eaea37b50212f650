// godwit-agent: the device daemon.
#include <csignal>
#include <cstdio>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "agent/agent.h"
#include "agent/assembly.h"
#include "agent/command_assembly.h"
#include "agent/configuration_assembly.h"
#include "agent/doctor_command.h"
#include "agent/machine_ports.h"
#include "agent/process_lock.h"
#include "agent/run_plan.h"
#include "agent/sandbox.h"
#include "agent/sensor_command.h"
#include "agent/spool_command.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "platform/linux/host.h"
#include "platform/linux/linux_file_system.h"
#include "platform/linux/path_facts.h"
#include "platform/linux/patient_file_system.h"
#include "platform/linux/signal_hold.h"
#include "platform/linux/spawner.h"
#include "settings/command_line.h"
#include "settings/config_command.h"
#include "settings/daemon_exit.h"

namespace godwit::agent {
namespace {

constexpr const char* kProgram = "godwit-agent";

// They ask a running agent for something, and must not end one that does not listen yet.
constexpr std::initializer_list<int> kRequests = {SIGHUP, SIGUSR1};

int RunAgent(const DaemonCommandLine& line, const OwnSettings& own, ProgramRunner& programs) {
  PatientFileSystem files(std::make_shared<LinuxFileSystem>(), {});
  const auto lock = TakeProcessLock(files, own.settings.state, own.settings.spool_path);
  if (!lock.ok()) return FailToRun(kProgram, lock.status());
  const Agent::LoadOwn load = [path = line.config] { return LoadSettings(path); };
  MachineSettings loader(load);
  Configuration configuration = OpenConfiguration(own, loader, files, CurrentBootId());
  auto agent = Agent::Create(configuration, programs, load, lock->spool);
  if (!agent.ok() && !configuration.state.confirmed.id.empty()) {
    RejectConfirmed(configuration, own.settings, agent.status());
    agent = Agent::Create(configuration, programs, load, lock->spool);
  }
  if (!agent.ok()) return FailToRun(kProgram, agent.status());
  bool restart = false;
  if (line.command == DaemonCommand::kOnce) {
    (*agent)->RunOnce();
  } else {
    restart = (*agent)->Run();
    HoldSignals(kRequests);  // later signals are for the restarted program
  }
  agent->reset();
  LogInfo(restart ? "restarting" : "stopped");
  if (!restart) return kExitOk;
  return Fail(kProgram, BeginAnew(), kExitFailed);
}

// `run` falls back to the settings in force if necessary; commands that examine use the files.
StatusOr<OwnSettings> LoadOwn(const DaemonCommandLine& line) {
  LinuxFileSystem files;
  if (line.command == DaemonCommand::kRun || line.command == DaemonCommand::kOnce) {
    return LoadOwnOrKept(line.config, files);
  }
  GODWIT_ASSIGN_OR_RETURN(AgentSettings settings, LoadSettings(line.config));
  return OwnSettings{.settings = std::move(settings), .files = absl::OkStatus()};
}

// What reads sensors.
int RunWithSensors(const DaemonCommandLine& line) {
  const auto own = LoadOwn(line);
  if (!own.ok()) return RefuseSettings(own.status());
  ReapLeftovers();
  // As the user of the service, who has to read and write the same files later. What only looks
  // does so too: it finds what the service would.
  const Status owner = BecomeFolderOwner(own->settings, line.words);
  const bool writes = line.command == DaemonCommand::kRun || line.command == DaemonCommand::kOnce;
  if (writes && !owner.ok()) return FailToRun(kProgram, owner);
  // First of all, while there is one thread: it forks.
  auto spawner = Spawner::Start();
  if (!spawner.ok()) return Fail(kProgram, spawner.status(), kExitFailed);
  ProgramRunner& programs = *spawner->release();  // lives as long as the process
  switch (line.command) {
    case DaemonCommand::kTest:
      return RunSensorCommand(own->settings, line.argument, programs);
    case DaemonCommand::kDoctor:
      return RunDoctorCommand(own->settings, owner, programs);
    default:
      return RunAgent(line, *own, programs);
  }
}

int Sandbox(const std::string& config) {
  const auto settings = LoadSettings(config);
  if (!settings.ok()) return RefuseSettings(settings.status());
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
      line, AgentSchema(), [&line](const std::string& path) -> StatusOr<LoadedSettings> {
        GODWIT_ASSIGN_OR_RETURN(AgentSettings settings, LoadSettings(path));
        if (line.command == DaemonCommand::kConfigCheck) {
          // By the judgement of `run`, as the user who would run.
          GODWIT_RETURN_IF_ERROR(BecomeFolderOwner(settings, line.words));
          GODWIT_RETURN_IF_ERROR(PlanRun(settings).status());
        }
        return LoadedSettings{std::move(settings.checked), std::move(settings.files)};
      });
}

}  // namespace
}  // namespace godwit::agent

int main(int argc, char** argv) {
  godwit::HoldSignals(godwit::agent::kRequests);
  // A peer or a reader that has gone is an error of one write, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  godwit::DaemonCommandLine line;
  const auto exit_code = godwit::ParseDaemonCommandLine(
      argc, argv,
      {.name = godwit::agent::kProgram,
       .description =
           "The Godwit agent: reads sensors, keeps the samples on flash and uploads them.",
       .config = "/etc/godwit/agent.toml",
       .has_spool = true,
       .has_sensors = true},
      line);
  if (exit_code) return *exit_code;
  if (line.command != godwit::DaemonCommand::kRun) {
    godwit::ReleaseSignals(godwit::agent::kRequests);
  }
  godwit::StartLog(godwit::agent::kProgram, line.log_level);
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
