#include "agent/control/policy.h"

#include <fnmatch.h>

#include <algorithm>

#include "agent/control/limits.h"
#include "base/command_kinds.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

bool MatchesOneOf(const std::string& name, const std::vector<std::string>& patterns) {
  return std::any_of(patterns.begin(), patterns.end(), [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
  });
}

std::string Listed(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += Cat(text.empty() ? "" : ", ", word);
  return text;
}

// A configuration may name them only where the setting is allowed by its name in full.
bool RunsPrograms(const RemoteOptions& options) {
  return std::find(options.config_allow.begin(), options.config_allow.end(),
                   "sensors.exec.command") != options.config_allow.end();
}

// It is listed, and there is something that it may act on.
bool May(const RemoteOptions& options, const CommandKind& kind) {
  if (kind.target == CommandTarget::kProgram && options.programs.empty()) return false;
  if (kind.target == CommandTarget::kSensor && options.sensors.empty()) return false;
  return options.commands.contains(std::string(kind.name));
}

Status AllowsSensor(const RemoteOptions& options, std::string_view kind,
                    const Arguments& arguments) {
  const auto sensor = arguments.find("sensor");
  if (sensor == arguments.end()) {
    return Error(StatusCode::kPermissionDenied, Cat(kind, " needs an argument: sensor=TYPE/NAME"));
  }
  if (MatchesOneOf(sensor->second, options.sensors)) return absl::OkStatus();
  return Error(
      StatusCode::kPermissionDenied,
      Cat("remote.sensors in the device's own settings does not allow '", sensor->second, "'"));
}

// "  SUMMARY  (NAME)"
std::string LineOf(const CommandKind& kind) {
  return Cat("  ", kind.summary, "  (", kind.name, ")\n");
}

}  // namespace

Status Allows(const RemoteOptions& options, std::string_view kind, const Arguments& arguments) {
  const CommandKind* const known = FindCommandKind(kind);
  if (known == nullptr) {
    return Error(StatusCode::kPermissionDenied,
                 Cat("this agent does not know the command '", kind.substr(0, 64), "'"));
  }
  if (!options.commands.contains(std::string(kind))) {
    return Error(StatusCode::kPermissionDenied,
                 Cat("remote.commands in the device's own settings does not list '", kind, "'"));
  }
  switch (known->target) {
    case CommandTarget::kAgent:
      return absl::OkStatus();
    case CommandTarget::kSensor:
      return AllowsSensor(options, kind, arguments);
    case CommandTarget::kProgram:
      return ProgramCommand(options, arguments).status();
  }
  return absl::OkStatus();
}

StatusOr<std::vector<std::string>> ProgramCommand(const RemoteOptions& options,
                                                  const Arguments& arguments) {
  const auto denied = [](const std::string& why) {
    return Error(StatusCode::kPermissionDenied, why);
  };
  const auto name = arguments.find("program");
  if (name == arguments.end())
    return denied(
        "run needs the name of a program; see: remote.programs in the device's own settings");
  const auto program = options.programs.find(name->second);
  if (program == options.programs.end()) {
    return denied(Cat("remote.programs in the device's own settings does not list '",
                      CutUtf8(PlainLines(name->second), kCommandKindBytesMax), "'"));
  }
  std::vector<std::string> words;
  for (size_t number = 1; number < arguments.size(); ++number) {
    const auto word = arguments.find(std::to_string(number));
    if (word == arguments.end()) return denied(Cat("the arguments of run must be named 1, 2, …"));
    words.push_back(word->second);
  }
  auto command = program->second.Fill(words);
  if (command.ok()) return command;
  return denied(Cat("remote.programs in the device's own settings: '", name->second,
                    "': ", Message(command.status())));
}

std::string ExplainRemote(const RemoteOptions& options) {
  std::string text = "The server can:\n";
  for (const CommandKind& kind : kCommandKinds) {
    if (!May(options, kind)) continue;
    text += LineOf(kind);
    if (kind.target == CommandTarget::kSensor) {
      text += Cat("    for these sensors: ", Listed(options.sensors), "\n");
    }
    if (kind.target != CommandTarget::kProgram) continue;
    for (const auto& [program, words] : options.programs) {
      text += Cat("    ", program, ": ", words.text(), "\n");
    }
  }
  if (options.config) {
    text +=
        Cat("  push a configuration on top of the device's own files; the agent runs it on trial "
            "first\n",
            "    with these settings: ", Listed(options.config_allow), "\n",
            "    with sensors that read or run these files: ", Listed(options.config_paths), "\n",
            RunsPrograms(options) ? "    and with sensors that run programs\n" : "");
  }
  if (options.commands.empty() && !options.config) {
    text += "  receive the samples, the state of the agent and its settings, and nothing else\n";
  }
  text += "The server cannot:\n";
  for (const CommandKind& kind : kCommandKinds) {
    if (!May(options, kind)) text += LineOf(kind);
  }
  if (!options.config) text += "  push a configuration  (remote.config.enabled)\n";
  text += options.config && RunsPrograms(options) ? "  open a shell\n"
                                                  : "  run any other program, or a shell\n";
  text +=
      "  write a file\n"
      "  change these permissions, the agent's identity, the place of its spool, or its keys\n"
      "  connect to this machine: the agent opens the connection, and nothing listens\n"
      "Each command runs at most once. The agent refuses one that has expired, and logs every "
      "one.\n";
  return text;
}

}  // namespace godwit::agent
