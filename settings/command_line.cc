#include "settings/command_line.h"

#include <CLI/CLI.hpp>

#include "base/exit_code.h"

namespace godwit {

std::optional<int> ParseDaemonCommandLine(int argc, char** argv, const DaemonProgram& program,
                                          DaemonCommandLine& out) {
  CLI::App app(program.description, program.name);
  app.set_version_flag("--version", program.name + " " GODWIT_VERSION);
  app.require_subcommand(1);
  std::string level = "info";
  app.add_option("--log", level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  out.config = program.config;
  CLI::App* run = app.add_subcommand("run", "Run until SIGTERM or SIGINT");
  run->add_option("--config", out.config, "Settings file")->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  ParseLogLevel(level, out.log_level);
  return std::nullopt;
}

}  // namespace godwit
