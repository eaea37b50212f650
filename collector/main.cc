// godwit-collector: takes what devices upload, keeps it, answers operators.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

#include "base/exit_code.h"
#include "base/log.h"
#include "collector/collector.h"
#include "platform/linux/linux_file_system.h"
#include "settings/collector_settings.h"

namespace godwit::collector {
namespace {

constexpr ByteCount kSettingsBytesMax = 1 << 20;

StatusOr<CollectorSettings> LoadSettings(const std::string& path) {
  LinuxFileSystem files;
  GODWIT_ASSIGN_OR_RETURN(const auto file, files.Open(path));
  GODWIT_ASSIGN_OR_RETURN(const std::string text, file->ReadAt(0, kSettingsBytesMax));
  return ParseCollectorSettings(text, path);
}

int Fail(const Status& status, int exit_code) {
  std::fprintf(stderr, "godwit-collector: %s\n", Message(status).c_str());
  return exit_code;
}

int Run(const std::string& config) {
  const auto settings = LoadSettings(config);
  if (!settings.ok()) return Fail(settings.status(), kExitSettings);
  auto collector = Collector::Create(*settings);
  if (!collector.ok()) {
    const bool settings_fault = absl::IsInvalidArgument(collector.status());
    return Fail(collector.status(), settings_fault                            ? kExitSettings
                                    : absl::IsUnavailable(collector.status()) ? kExitUnreachable
                                                                              : kExitStorage);
  }
  (*collector)->Run();
  return kExitOk;
}

}  // namespace
}  // namespace godwit::collector

int main(int argc, char** argv) {
  CLI::App app("The Godwit collector: takes what devices upload, keeps it, answers operators.",
               "godwit-collector");
  app.set_version_flag("--version", "godwit-collector " GODWIT_VERSION);
  app.require_subcommand(1);
  std::string level_name = "info";
  app.add_option("--log", level_name, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  std::string config = "/etc/godwit/collector.toml";
  CLI::App* run = app.add_subcommand("run", "Run until SIGTERM or SIGINT");
  run->add_option("--config", config, "Settings file")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? godwit::kExitOk : godwit::kExitUsage;
  }
  godwit::LogLevel level = godwit::LogLevel::kInfo;
  godwit::ParseLogLevel(level_name, level);
  godwit::StartLog("godwit-collector", level);
  return godwit::collector::Run(config);
}
