// godwit-collector: takes what devices upload, keeps it, answers operators.
#include <cstdio>
#include <string>

#include "base/exit_code.h"
#include "base/log.h"
#include "collector/collector.h"
#include "collector/store_command.h"
#include "platform/linux/host.h"
#include "settings/command_line.h"
#include "settings/config_command.h"

namespace godwit::collector {
namespace {

int Fail(const Status& status, int exit_code) {
  std::fprintf(stderr, "godwit-collector: %s\n", Message(status).c_str());
  return exit_code;
}

int ExitCodeFor(const Status& status) {
  switch (status.code()) {
    case StatusCode::kInvalidArgument:
    case StatusCode::kNotFound:    // a file that the settings name
    case StatusCode::kOutOfRange:  // or one that is no PEM file by its size
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
  if (!settings.ok()) {
    std::fprintf(stderr, "%s\n", Message(settings.status()).c_str());
    return kExitSettings;
  }
  auto collector = Collector::Create(*settings);
  if (!collector.ok()) return Fail(collector.status(), ExitCodeFor(collector.status()));
  (*collector)->Run();
  return kExitOk;
}

int Config(const DaemonCommandLine& line) {
  return RunConfigCommand(
      line, CollectorSchema(), [](const std::string& path) -> StatusOr<LoadedSettings> {
        GODWIT_ASSIGN_OR_RETURN(CollectorSettings settings, LoadSettings(path));
        return LoadedSettings{std::move(settings.checked), std::move(settings.files)};
      });
}

}  // namespace
}  // namespace godwit::collector

int main(int argc, char** argv) {
  godwit::DaemonCommandLine line;
  const auto exit_code = godwit::ParseDaemonCommandLine(
      argc, argv,
      {.name = "godwit-collector",
       .description =
           "The Godwit collector: takes what devices upload, keeps it, answers operators.",
       .config = "/etc/godwit-collector/collector.toml",
       .has_store = true},
      line);
  if (exit_code) return *exit_code;
  godwit::StartLog("godwit-collector", line.log_level);
  godwit::SkipLockOrderSearch();
  switch (line.command) {
    case godwit::DaemonCommand::kRun:
      return godwit::collector::Run(line.config);
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
