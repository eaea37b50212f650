#include "cli/command_line.h"

#include <poll.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <atomic>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/exit_code.h"
#include "base/text.h"
#include "cli/command_table.h"
#include "cli/interrupt.h"

namespace godwit::cli {
namespace {

// `godwit … | head` has taken all it wants.
bool ReaderHasGone() {
  pollfd out{.fd = STDOUT_FILENO, .events = 0, .revents = 0};
  return poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

int ExitCode(const Status& status) {
  if (status.ok()) return kExitOk;
  if (absl::IsAborted(status) && ReaderHasGone()) return kExitFailed;
  // What a collector or a device says may be part of it.
  std::fprintf(stderr, "godwit: %s\n", CleanLines(Message(status), std::string::npos).c_str());
  switch (status.code()) {
    case StatusCode::kUnavailable:
    case StatusCode::kDeadlineExceeded:
      return kExitUnreachable;
    case StatusCode::kPermissionDenied:
    case StatusCode::kUnauthenticated:
      return kExitPermission;
    case StatusCode::kInvalidArgument:
      return kExitUsage;
    case StatusCode::kFailedPrecondition:  // a configuration with mistakes
      return kExitSettings;
    default:
      return kExitFailed;
  }
}

// What CLI11 has parsed into, by long name: stable addresses.
using Parsed = std::map<std::string, std::string>;

void Add(CLI::App& app, const Argument& argument, Parsed& parsed) {
  std::string& target = parsed[LongName(argument)];
  if (argument.placeholder.empty()) {
    app.add_flag_callback(
        argument.name, [&target] { target = "true"; }, argument.help);
    return;
  }
  CLI::Option* const option = argument.many
                                  ? app.add_option_function<std::vector<std::string>>(
                                        argument.name,
                                        [&target](const std::vector<std::string>& values) {
                                          for (const std::string& value : values)
                                            target += value + "\n";
                                        },
                                        argument.help)
                                  : app.add_option(argument.name, target, argument.help);
  // Each value behind an option of its own, or it would take the words that follow, too.
  if (argument.many && argument.name.starts_with('-')) option->allow_extra_args(false);
  option->type_name(argument.placeholder);
  // The values come a line each.
  if (argument.many) {
    option->check([](const std::string& value) {
      return value.find('\n') == std::string::npos ? "" : "has a line break";
    });
  }
  option->required(argument.required);
  if (!argument.choices.empty()) option->check(CLI::IsMember(argument.choices));
}

// Those a word of the path stands for; made when it is met first.
CLI::App& Group(CLI::App& app, const std::string& word) {
  for (CLI::App* const known : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (known->get_name() == word) return *known;
  }
  CLI::App& group = *app.add_subcommand(word, Groups().at(word));
  group.require_subcommand(1);
  group.fallthrough();
  return group;
}

std::string Footer(const Command& command) {
  std::string text = command.more;
  if (!command.examples.empty()) {
    text += text.empty() ? "Examples:" : "\n\nExamples:";
    for (const std::string& example : command.examples) text += "\n  " + example;
  }
  return text;
}

Format FormatOf(const Command& command, const std::string& name) {
  if (name == "table") return Format::kTable;
  if (name == "json") return Format::kJson;
  if (name == "jsonl") return Format::kJsonLines;
  if (name == "csv") return Format::kCsv;
  return command.format;
}

Status Run(const Command& command, const Parsed& parsed) {
  Values values;
  for (const auto& [name, text] : parsed) {
    if (!text.empty()) values.texts.emplace(name, text);
  }
  Session session{.format = FormatOf(command, values.Text("output")),
                  .terminal = Terminal::Of(stdout),
                  .now = absl::Now()};
  if (!command.asks) return command.run(session, values);
  std::unique_ptr<FleetClient> client;
  std::atomic<FleetClient*> asked = nullptr;
  const Interrupt interrupt([&asked] {
    if (FleetClient* const under_way = asked) under_way->Cancel();
  });
  const std::string collector = values.Text("collector");
  GODWIT_ASSIGN_OR_RETURN(client,
                          FleetClient::Connect(collector.empty() ? kDefaultCollector : collector,
                                               values.Has("insecure")));
  session.client = client.get();
  asked = client.get();
  return command.run(session, values);
}

}  // namespace

int RunCommandLine(int argc, char** argv) {
  CLI::App app("Queries a Godwit collector, and controls devices through it.", "godwit");
  app.set_version_flag("--version", "godwit " GODWIT_VERSION);
  app.require_subcommand(1);
  app.fallthrough();
  app.footer(
      "Run a command with --help for details and examples. Write durations as 90s, 1h or 7d.");
  Parsed global;
  for (const Argument& argument : GlobalArguments()) Add(app, argument, global);
  app.get_option("--collector")->envname("GODWIT_COLLECTOR");

  std::map<const Command*, Parsed> parsed;
  const Command* chosen = nullptr;
  for (const Command& command : Commands()) {
    const size_t space = command.path.find(' ');
    CLI::App& parent = space == std::string::npos ? app : Group(app, command.path.substr(0, space));
    const std::string word =
        space == std::string::npos ? command.path : command.path.substr(space + 1);
    CLI::App* const sub = parent.add_subcommand(word, command.summary);
    sub->footer(Footer(command));
    for (const Argument& argument : command.arguments) Add(*sub, argument, parsed[&command]);
    sub->callback([&chosen, &command] { chosen = &command; });
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kExitOk : kExitUsage;
  }
  Parsed all = parsed[chosen];
  all.merge(global);
  return ExitCode(Run(*chosen, all));
}

}  // namespace godwit::cli
