// godwit-collector: takes what devices upload, keeps it, answers operators.
#include <sys/stat.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <utility>

#include "base/exit_code.h"
#include "base/log.h"
#include "collector/collector.h"
#include "collector/run_check.h"
#include "collector/store_command.h"
#include "platform/linux/host.h"
#include "platform/linux/signal_hold.h"
#include "settings/command_line.h"
#include "settings/config_command.h"
#include "settings/daemon_exit.h"

namespace godwit::collector {
namespace {

constexpr const char* kProgram = "godwit-collector";

int Run(const DaemonCommandLine& line) {
  const auto settings = LoadSettings(line.config);
  if (!settings.ok()) return RefuseSettings(settings.status());
  const Status owner = BecomeStoreOwner(*settings, line.words);
  if (!owner.ok()) return FailToRun(kProgram, owner);
  auto collector = Collector::Create(*settings, [&line] { return LoadSettings(line.config); });
  if (!collector.ok()) return FailToRun(kProgram, collector.status());
  (*collector)->Run();
  HoldSignals({SIGHUP});  // a reload is no reason to end before the end
  return kExitOk;
}

int Config(const DaemonCommandLine& line) {
  return RunConfigCommand(
      line, CollectorSchema(), [&line](const std::string& path) -> StatusOr<LoadedSettings> {
        GODWIT_ASSIGN_OR_RETURN(CollectorSettings settings, LoadSettings(path));
        if (line.command == DaemonCommand::kConfigCheck) {
          // By the judgement of `run`, as the user who would run.
          GODWIT_RETURN_IF_ERROR(BecomeStoreOwner(settings, line.words));
          GODWIT_RETURN_IF_ERROR(CheckToRun(settings).status());
          for (const std::string& warning : settings.warnings) LogWarning(warning);
        }
        return LoadedSettings{std::move(settings.checked), std::move(settings.files)};
      });
}

}  // namespace
}  // namespace godwit::collector

int main(int argc, char** argv) {
  // It asks a running collector for something, and must not end one that does not listen yet.
  godwit::HoldSignals({SIGHUP});
  // A peer or a reader that has gone is an error of one write, not the end of the program.
  std::signal(SIGPIPE, SIG_IGN);
  // Files are 0640 and folders 0750, whatever this was started with.
  umask(027);
  godwit::DaemonCommandLine line;
  const auto exit_code = godwit::ParseDaemonCommandLine(
      argc, argv,
      {.name = godwit::collector::kProgram,
       .description = "The Godwit collector: stores what devices upload and answers operators.",
       .config = "/etc/godwit-collector/collector.toml",
       .has_store = true},
      line);
  if (exit_code) return *exit_code;
  if (line.command != godwit::DaemonCommand::kRun) godwit::ReleaseSignals({SIGHUP});
  godwit::StartLog(godwit::collector::kProgram, line.log_level);
  godwit::SkipLockOrderSearch();
  switch (line.command) {
    case godwit::DaemonCommand::kRun:
      return godwit::collector::Run(line);
    case godwit::DaemonCommand::kConfigCheck:
    case godwit::DaemonCommand::kConfigShow:
    case godwit::DaemonCommand::kConfigSample:
    case godwit::DaemonCommand::kConfigSchema:
    case godwit::DaemonCommand::kConfigReference:
      return godwit::collector::Config(line);
    default:
      return godwit::collector::RunStoreCommand(line);
  }
}
