#include "settings/command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <utility>

#include "base/exit_code.h"
#include "base/text.h"
#include "settings/manual.h"
#include "settings/notice.h"

namespace godwit {
namespace {

void AddConfigCommands(CLI::App& app, const DaemonProgram& program, DaemonCommandLine& out) {
  CLI::App* config = app.add_subcommand("config", "Check and show the settings");
  config->require_subcommand(1);
  config->add_option("--config", out.config, "File with the settings")->capture_default_str();
  const auto add = [&](const char* name, const char* description, DaemonCommand command) {
    CLI::App* added = config->add_subcommand(name, description);
    added->fallthrough();  // --config may stand behind it
    added->callback([&out, command] { out.command = command; });
    return added;
  };
  add("check", "Report every error in the settings; exit code 78 if there is one",
      DaemonCommand::kConfigCheck);
  add("show", "Print all settings in force, defaults included", DaemonCommand::kConfigShow)
      ->add_flag("--origin", out.origin,
                 "Also print where each comes from: file and line, or default");
  add("sample", "Print an annotated file with all settings", DaemonCommand::kConfigSample)
      ->add_option("SECTION", out.argument, "A single section, such as sensors.exec");
  add("schema", "Print the JSON Schema of the settings, for editors", DaemonCommand::kConfigSchema);
  add("reference", "Print the reference of the settings, in Markdown",
      DaemonCommand::kConfigReference);
  if (!program.has_sensors) return;
  add("sandbox",
      "Print a systemd drop-in with what these settings need beyond the shipped service's sandbox",
      DaemonCommand::kConfigSandbox);
}

void AddSensorCommands(CLI::App& app, DaemonCommandLine& out) {
  const auto add = [&](const char* name, const char* description, DaemonCommand command) {
    CLI::App* added = app.add_subcommand(name, description);
    added->add_option("--config", out.config, "File with the settings")->capture_default_str();
    added->callback([&out, command] { out.command = command; });
    return added;
  };
  add("test", "Read every sensor once and print the values; needs no collector and writes nothing",
      DaemonCommand::kTest)
      ->add_option("SENSOR", out.argument, "A single sensor: its type, or type/name");
  add("once", "Sample once, write the samples, upload all waiting records, then exit",
      DaemonCommand::kOnce);
  add("doctor", "Check for problems that would keep this agent from working",
      DaemonCommand::kDoctor);
  CLI::App* remote = app.add_subcommand("remote", "Show what the server may do to this device");
  remote->require_subcommand(1);
  remote->add_option("--config", out.config, "File with the settings")->capture_default_str();
  CLI::App* explain = remote->add_subcommand("explain", "Explain it in plain words");
  explain->fallthrough();
  explain->callback([&out] { out.command = DaemonCommand::kRemoteExplain; });
}

void AddSpoolCommands(CLI::App& app, DaemonCommandLine& out) {
  CLI::App* spool = app.add_subcommand("spool", "Inspect the spool; the agent may be running");
  spool->require_subcommand(1);
  spool->add_option("--config", out.config, "File with the settings")->capture_default_str();
  spool->add_option("--path", out.path,
                    "Folder of another spool, such as a card from another machine");
  const auto add = [&](const char* name, const char* description, DaemonCommand command) {
    CLI::App* added = spool->add_subcommand(name, description);
    added->fallthrough();  // --config and --path may stand behind it
    added->callback([&out, command] { out.command = command; });
    return added;
  };
  add("stat", "Show runs, records, bytes and losses", DaemonCommand::kSpoolStat);
  add("verify", "Read every byte and report damage; exit code 1 if there is any",
      DaemonCommand::kSpoolVerify);
  add("cat", "Print samples, one per line: RUN/SEQ, time, series, value", DaemonCommand::kSpoolCat)
      ->add_option("RUN[/SEQ]", out.argument, "A single run or record");
  add("adopt", "Send the segments of another device as this one's (the agent must be stopped)",
      DaemonCommand::kSpoolAdopt)
      ->add_option("DEVICE", out.argument, "Id of the other device, as `spool stat` shows it")
      ->required();
  add("drop", "Delete the segments of another device (the agent must be stopped)",
      DaemonCommand::kSpoolDrop)
      ->add_option("DEVICE", out.argument, "Id of the other device, as `spool stat` shows it")
      ->required();
}

void AddStoreCommands(CLI::App& app, DaemonCommandLine& out) {
  CLI::App* store = app.add_subcommand("store", "Check, copy or shrink the store");
  store->require_subcommand(1);
  store->add_option("--config", out.config, "File with the settings")->capture_default_str();
  store->add_option("--path", out.path, "Folder of another store, such as a backup");
  const auto add = [&](const char* name, const char* description, DaemonCommand command) {
    CLI::App* added = store->add_subcommand(name, description);
    added->fallthrough();  // --config and --path may stand behind it
    added->callback([&out, command] { out.command = command; });
    return added;
  };
  add("verify",
      "Read every byte and check the accounting of records; the collector may be running; exit "
      "code 1 if there is a problem",
      DaemonCommand::kStoreVerify);
  add("backup", "Copy the store as it is now; the collector may be running",
      DaemonCommand::kStoreBackup)
      ->add_option("FOLDER", out.argument, "Folder to create for the copy; it must not exist")
      ->required();
  add("compact",
      "Merge the records that are due and return unused space to the disk (the collector must be "
      "stopped)",
      DaemonCommand::kStoreCompact);
}

ArgumentOutline OutlineOf(const CLI::Option& option) {
  ArgumentOutline outline{.name = option.get_name(),
                          .help = option.get_description(),
                          .standard = option.get_default_str(),
                          .required = option.get_required()};
  outline.positional = option.get_positional();
  if (option.get_items_expected_max() > 0 && !outline.positional) {
    const auto& names = option.get_lnames();
    outline.placeholder = names.empty() ? "VALUE" : names.front();
    std::transform(outline.placeholder.begin(), outline.placeholder.end(),
                   outline.placeholder.begin(), [](unsigned char c) { return std::toupper(c); });
  }
  return outline;
}

// What a group takes may stand behind each of its words.
void AddOutlines(const CLI::App& app, const std::string& path,
                 const std::vector<ArgumentOutline>& of_group, std::vector<CommandOutline>& out) {
  CommandOutline outline{.path = path, .help = app.get_description(), .arguments = of_group};
  std::vector<ArgumentOutline> own;
  for (const CLI::Option* const option : app.get_options()) own.push_back(OutlineOf(*option));
  outline.arguments.insert(outline.arguments.begin(), own.begin(), own.end());
  const auto children = app.get_subcommands([](const CLI::App*) { return true; });
  outline.is_group = !children.empty();
  out.push_back(std::move(outline));
  std::erase_if(own, [](const ArgumentOutline& each) { return each.name == "--help"; });
  if (path.empty()) own.clear();
  for (const CLI::App* const child : children) {
    AddOutlines(*child, Cat(path, path.empty() ? "" : " ", child->get_name()), own, out);
  }
}

// What is printed instead of running.
struct Printed {
  bool manual = false;
  std::string shell;
  bool notice = false;
};

void AddPrintCommands(CLI::App& app, Printed& printed) {
  app.add_flag("--licenses", printed.notice,
               "Print the components of this program and their licenses");
  app.add_subcommand("man", "Print the manual page")->callback([&printed] {
    printed.manual = true;
  });
  app.add_subcommand("completion", "Print a shell completion script")
      ->add_option("SHELL", printed.shell, "bash or zsh")
      ->check(CLI::IsMember({"bash", "zsh"}))
      ->required();
}

// The exit code, if that was it.
std::optional<int> Print(const CLI::App& app, const Printed& printed) {
  std::string text;
  std::vector<CommandOutline> outlines;
  AddOutlines(app, "", {}, outlines);
  if (printed.notice) text = kNotice;
  if (printed.manual) text = ManualPage(app.get_name(), outlines);
  if (!printed.shell.empty()) text = Completion(app.get_name(), printed.shell, outlines);
  if (text.empty()) return std::nullopt;
  return std::fputs(text.c_str(), stdout) >= 0 ? kExitOk : kExitFailed;
}

}  // namespace

std::optional<int> ParseDaemonCommandLine(int argc, char** argv, const DaemonProgram& program,
                                          DaemonCommandLine& out) {
  CLI::App app(program.description, program.name);
  app.set_version_flag("--version", program.name + " " GODWIT_VERSION);
  Printed printed;
  std::string level = "info";
  app.add_option("--log", level, "Lowest level to log: debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  out.config = program.config;
  CLI::App* run = app.add_subcommand("run", "Run until SIGTERM or SIGINT");
  run->add_option("--config", out.config, "File with the settings")->capture_default_str();
  AddConfigCommands(app, program, out);
  if (program.has_sensors) AddSensorCommands(app, out);
  if (program.has_spool) AddSpoolCommands(app, out);
  if (program.has_store) AddStoreCommands(app, out);
  AddPrintCommands(app, printed);
  try {
    app.parse(argc, argv);
    if (const auto exit_code = Print(app, printed)) return exit_code;
    if (app.get_subcommands().empty()) throw CLI::RequiredError("A subcommand");
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  ParseLogLevel(level, out.log_level);
  out.words.assign(argv, argv + argc);
  return std::nullopt;
}

}  // namespace godwit
