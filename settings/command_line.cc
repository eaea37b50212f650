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
  CLI::App* config = app.add_subcommand("config", "Check the settings, show them, begin with them");
  config->require_subcommand(1);
  config->add_option("--config", out.config, "Settings file")->capture_default_str();
  const auto add = [&](const char* name, const char* description, DaemonCommand command) {
    CLI::App* added = config->add_subcommand(name, description);
    added->fallthrough();  // --config may stand behind it
    added->callback([&out, command] { out.command = command; });
    return added;
  };
  add("check", "Say everything that is wrong with them; exit code 78 if something is",
      DaemonCommand::kConfigCheck);
  add("show", "Print all of them, defaults included", DaemonCommand::kConfigShow)
      ->add_flag("--origin", out.origin, "And where each comes from: file and line, or default");
  add("sample", "Print an annotated file to begin with", DaemonCommand::kConfigSample)
      ->add_option("SECTION", out.argument, "Only one section, such as sensors.exec");
  add("schema", "Print them as JSON Schema, for editors", DaemonCommand::kConfigSchema);
  add("reference", "Print them as tables in Markdown", DaemonCommand::kConfigReference);
  if (!program.has_sensors) return;
  add("sandbox",
      "Print what these settings need beyond the shipped service's sandbox, as a drop-in for "
      "systemd",
      DaemonCommand::kConfigSandbox);
}

void AddSensorCommands(CLI::App& app, DaemonCommandLine& out) {
  const auto add = [&](const char* name, const char* description, DaemonCommand command) {
    CLI::App* added = app.add_subcommand(name, description);
    added->add_option("--config", out.config, "Settings file")->capture_default_str();
    added->callback([&out, command] { out.command = command; });
    return added;
  };
  add("test", "Read every sensor once and print what it saw; needs no collector and writes nothing",
      DaemonCommand::kTest)
      ->add_option("SENSOR", out.argument, "Only this one: a type, or type/name");
  add("once", "Sample once, write it, upload what waits, and end", DaemonCommand::kOnce);
  add("doctor", "Look for what could keep this agent from doing its work", DaemonCommand::kDoctor);
  CLI::App* remote = app.add_subcommand("remote", "What the server may do to this device");
  remote->require_subcommand(1);
  remote->add_option("--config", out.config, "Settings file")->capture_default_str();
  CLI::App* explain = remote->add_subcommand("explain", "Say it in plain words");
  explain->fallthrough();
  explain->callback([&out] { out.command = DaemonCommand::kRemoteExplain; });
}

void AddSpoolCommands(CLI::App& app, DaemonCommandLine& out) {
  CLI::App* spool = app.add_subcommand("spool", "Look into the spool, also while the agent runs");
  spool->require_subcommand(1);
  spool->add_option("--config", out.config, "Settings file")->capture_default_str();
  spool->add_option("--path", out.path, "Another spool: a card from another machine");
  const auto add = [&](const char* name, const char* description, DaemonCommand command) {
    CLI::App* added = spool->add_subcommand(name, description);
    added->fallthrough();  // --config and --path may stand behind it
    added->callback([&out, command] { out.command = command; });
    return added;
  };
  add("stat", "Runs, records, bytes, losses", DaemonCommand::kSpoolStat);
  add("verify", "Read every byte, name what is damaged; exit code 1 if something is",
      DaemonCommand::kSpoolVerify);
  add("cat", "Print samples, one a line: RUN/SEQ, time, series, value", DaemonCommand::kSpoolCat)
      ->add_option("RUN[/SEQ]", out.argument, "Only of this run, or this record");
  add("adopt", "Send the segments of another device as this one's (the agent must be stopped)",
      DaemonCommand::kSpoolAdopt)
      ->add_option("DEVICE", out.argument, "Its id, as `spool stat` shows it")
      ->required();
  add("drop", "Delete the segments of another device (the agent must be stopped)",
      DaemonCommand::kSpoolDrop)
      ->add_option("DEVICE", out.argument, "Its id, as `spool stat` shows it")
      ->required();
}

void AddStoreCommands(CLI::App& app, DaemonCommandLine& out) {
  CLI::App* store = app.add_subcommand("store", "Check, copy or shrink the store");
  store->require_subcommand(1);
  store->add_option("--config", out.config, "Settings file")->capture_default_str();
  store->add_option("--path", out.path, "The folder of another store: a backup");
  const auto add = [&](const char* name, const char* description, DaemonCommand command) {
    CLI::App* added = store->add_subcommand(name, description);
    added->fallthrough();  // --config and --path may stand behind it
    added->callback([&out, command] { out.command = command; });
    return added;
  };
  add("verify",
      "Read every byte and check the books, also beside a running collector; exit code 1 "
      "if something is wrong",
      DaemonCommand::kStoreVerify);
  add("backup", "Copy the store as of now, also beside a running collector",
      DaemonCommand::kStoreBackup)
      ->add_option("FOLDER", out.argument, "Where: a folder that does not exist yet")
      ->required();
  add("compact",
      "Merge what is due and give unused room back to the disk (the collector must be "
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
  app.add_flag("--licenses", printed.notice, "Say what it is made of, and under which licenses");
  app.add_subcommand("man", "Print the manual page")->callback([&printed] {
    printed.manual = true;
  });
  app.add_subcommand("completion", "Print what a shell needs to complete these commands")
      ->add_option("SHELL", printed.shell, "bash, or zsh by its emulation of bash")
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
  app.add_option("--log", level, "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  out.config = program.config;
  CLI::App* run = app.add_subcommand("run", "Run until SIGTERM or SIGINT");
  run->add_option("--config", out.config, "Settings file")->capture_default_str();
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
