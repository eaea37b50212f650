// godwit-collector: takes what devices upload, keeps it, answers operators.
#include <cstdio>
#include <string>

#include "base/exit_code.h"
#include "base/log.h"
#include "collector/collector.h"
#include "collector/store_command.h"
#include "settings/command_line.h"

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
  if (!settings.ok()) return Fail(settings.status(), kExitSettings);
  auto collector = Collector::Create(*settings);
  if (!collector.ok()) return Fail(collector.status(), ExitCodeFor(collector.status()));
  (*collector)->Run();
  return kExitOk;
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
       .config = "/etc/godwit/collector.toml",
       .has_store = true},
      line);
  if (exit_code) return *exit_code;
  godwit::StartLog("godwit-collector", line.log_level);
  if (line.command != godwit::DaemonCommand::kRun) return godwit::collector::RunStoreCommand(line);
  return godwit::collector::Run(line.config);
}
