// godwit-collector: takes what devices upload, keeps it, answers operators.
#include <cstdio>
#include <string>

#include "base/exit_code.h"
#include "base/log.h"
#include "collector/collector.h"
#include "platform/linux/linux_file_system.h"
#include "platform/read_file.h"
#include "settings/collector_settings.h"
#include "settings/command_line.h"

namespace godwit::collector {
namespace {

StatusOr<CollectorSettings> LoadSettings(const std::string& path) {
  LinuxFileSystem files;
  GODWIT_ASSIGN_OR_RETURN(const std::string text, ReadFile(files, path, kSmallFileBytesMax));
  return ParseCollectorSettings(text, path);
}

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
       .config = "/etc/godwit/collector.toml"},
      line);
  if (exit_code) return *exit_code;
  godwit::StartLog("godwit-collector", line.log_level);
  return godwit::collector::Run(line.config);
}
