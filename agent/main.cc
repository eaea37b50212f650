// godwit-agent: the device daemon.
#include <CLI/CLI.hpp>

#include <cstdio>
#include <string>

#include "agent/agent.h"
#include "base/exit_code.h"
#include "base/log.h"
#include "platform/linux/linux_file_system.h"
#include "settings/agent_settings.h"

namespace godwit::agent {
namespace {

constexpr ByteCount kSettingsBytesMax = 1 << 20;

StatusOr<AgentSettings> LoadSettings(const std::string& path) {
  LinuxFileSystem files;
  GODWIT_ASSIGN_OR_RETURN(const auto file, files.Open(path));
  GODWIT_ASSIGN_OR_RETURN(const std::string text, file->ReadAt(0, kSettingsBytesMax));
  return ParseAgentSettings(text, path);
}

int Fail(const Status& status, int exit_code) {
  std::fprintf(stderr, "godwit-agent: %s\n", Message(status).c_str());
  return exit_code;
}

int Run(const std::string& config) {
  const auto settings = LoadSettings(config);
  if (!settings.ok()) return Fail(settings.status(), kExitSettings);
  auto agent = Agent::Create(*settings);
  if (!agent.ok()) {
    const bool settings_fault = absl::IsInvalidArgument(agent.status()) ||
                                absl::IsFailedPrecondition(agent.status()) ||
                                absl::IsNotFound(agent.status());
    return Fail(agent.status(), settings_fault ? kExitSettings : kExitStorage);
  }
  (*agent)->Run();
  LogInfo("stopped");
  return kExitOk;
}

}  // namespace
}  // namespace godwit::agent

int main(int argc, char** argv) {
  CLI::App app("The Godwit agent: samples sensors, keeps them on flash, uploads them.",
               "godwit-agent");
  app.set_version_flag("--version", "godwit-agent " GODWIT_VERSION);
  app.require_subcommand(1);
  std::string level_name = "info";
  app.add_option("--log", level_name, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}));
  std::string config = "/etc/godwit/agent.toml";
  CLI::App* run = app.add_subcommand("run", "Run until SIGTERM or SIGINT");
  run->add_option("--config", config, "Settings file")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? godwit::kExitOk : godwit::kExitUsage;
  }
  godwit::LogLevel level = godwit::LogLevel::kInfo;
  godwit::ParseLogLevel(level_name, level);
  godwit::StartLog("godwit-agent", level);
  return godwit::agent::Run(config);
}
