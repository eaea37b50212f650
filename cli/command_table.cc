#include "cli/command_table.h"

#include <sstream>

#include "base/command_kinds.h"
#include "base/text.h"
#include "cli/commands.h"

namespace godwit::cli {
namespace {

const Argument kDevice{"device", "DEVICE", "A unique prefix of the device's name or id", true};
const Argument kOfDevice{"-d,--device", "DEVICE", "A unique prefix of the device's name or id",
                         true};
const Argument kGlob{"glob", "GLOB",
                     "Pattern of series names, such as 'system.cpu.*'; with a '{' also of "
                     "attributes, such as 'system.cpu.time{cpu.mode=user}'; default: all series"};
const Argument kSince{"--since", "WHEN",
                      "Start of the range: a duration before now (90s, 1h, 7d), or a time such as "
                      "2026-05-01T12:00:00Z"};
const Argument kUntil{"--until", "WHEN", "End of the range, exclusive: as for --since, or 'now'"};

void AddDeviceCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.path = "device ls",
       .summary = "List devices with their lag, spool use and missing samples",
       .more = "Columns: SEEN is the time since the device last sent anything. LAG is the age of "
               "its newest sample. SPOOL is how full its spool is. FULL IN is the time until the "
               "spool is full if no collector takes records from it. MISSING is the number of "
               "ticks missing in the last 24 hours (godwit gaps gives the reasons). CLOCK says "
               "whether its wall clock is synchronised.",
       .arguments = {},
       .examples = {"godwit device ls", "godwit device ls -o json"},
       .run = DeviceLs});
  commands.push_back({.path = "device show",
                      .summary = "Show one device: session, runs, spool, clock, alerts, settings",
                      .arguments = {kDevice},
                      .examples = {"godwit device show pump-7"},
                      .run = DeviceShow});
  commands.push_back(
      {.path = "device refused",
       .summary = "Devices whose caller had a certificate that is not theirs, or none",
       .more =
           "Since the collector's start, the last call first. With identity.mode = \"observe\" "
           "they are those that \"required\" would refuse; the reason is in the JSON and in the "
           "collector's log.",
       .arguments = {},
       .examples = {"godwit device refused", "godwit device refused -o json"},
       .run = DeviceRefused});
  commands.push_back(
      {.path = "device label",
       .summary = "Set, remove or list the labels that operators gave a device",
       .more = "KEY=VALUE sets a label, KEY- removes it. Labels select devices, for example in "
               "config push -l. A label set here overrides the device's own label of the same key. "
               "The collector does not send these labels to the device.",
       .arguments = {kDevice,
                     {.name = "labels",
                      .placeholder = "KEY=VALUE|KEY-",
                      .help = "Labels to set or remove; default: list them",
                      .many = true},
                     {"-m,--message", "TEXT", "Reason, kept with the change"}},
       .examples = {"godwit device label pump-7 site=plant-7 spare-"},
       .run = DeviceLabel});
  commands.push_back(
      {.path = "series ls",
       .summary = "List the series of a device: kind, unit, interval, newest sample",
       .arguments = {kOfDevice, kGlob},
       .examples = {"godwit series ls -d pump-7", "godwit series ls -d pump 'system.*'"},
       .run = SeriesLs});
}

void AddSampleCommands(std::vector<Command>& commands) {
  commands.push_back({.path = "latest",
                      .summary = "Show the newest value of each series of a device",
                      .arguments = {kDevice, kGlob},
                      .examples = {"godwit latest pump-7", "godwit latest pump 'system.memory.*'"},
                      .run = Latest});
  commands.push_back(
      {.path = "query",
       .summary = "Show samples of a time range, or an aggregate of them for each step",
       .more = "Steps are aligned to multiples of --step since the Unix epoch, and each is named "
               "by its start. Without --step, --agg gives one value for the whole range. A rate "
               "works as in Prometheus: per second, for counters, with resets taken into account. "
               "It covers --window before the end of each step; the default is the step, but at "
               "least four intervals of the series. States have only last and count.",
       .arguments = {kOfDevice,
                     kGlob,
                     kSince,
                     kUntil,
                     {"--step", "DURATION", "Length of a step; each step gives one value"},
                     {"--agg",
                      "AGGREGATE",
                      "How to aggregate the samples of each step",
                      false,
                      {"mean", "min", "max", "last", "count", "rate"}},
                     {"--window", "DURATION", "Time range of a rate"}},
       .examples = {"godwit query -d pump-7 'hw.temperature*' --since 1h",
                    "godwit query -d pump-7 'hw.temperature*' --since 7d --step 1h --agg max",
                    "godwit query -d pump-7 system.cpu.time --since 1h --step 1m --agg rate"},
       .run = Query});
  commands.push_back(
      {.path = "export",
       .summary = "Write every sample of a device, ordered by run, record and tick",
       .more = "Writes the whole history unless --since limits it, and JSON lines unless -o says "
               "otherwise. Shows progress when standard error is a terminal. Ctrl-C ends it.",
       .arguments = {kOfDevice, kGlob, kSince, kUntil},
       .examples = {"godwit export -d pump-7 > pump-7.jsonl",
                    "godwit export -d pump-7 'system.*' --since 24h -o csv > day.csv"},
       .format = Format::kJsonLines,
       .run = Export});
  commands.push_back({.path = "tail",
                      .summary = "Follow samples as the collector commits them, until Ctrl-C",
                      .arguments = {kDevice, kGlob},
                      .examples = {"godwit tail pump-7", "godwit tail pump-7 'hw.*' -o jsonl"},
                      .run = Tail});
}

// A line for each kind that is sent: "  live sensor=TYPE/NAME for=1m: what it does".
std::string KindsHelp() {
  std::string text = "Kinds:\n";
  for (const CommandKind& kind : kCommandKinds) {
    if (!kind.is_sent) continue;
    text += Cat("  ", kind.name, kind.arguments.empty() ? "" : " ", kind.arguments, ": ",
                kind.summary, "\n");
  }
  return text + "\n";
}

void AddRemoteCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.path = "command send",
       .summary = "Send a command to a device, wait for it and print the result",
       .more = Cat(KindsHelp(),
                   "The device's own settings say which commands it allows. A refusal names the "
                   "setting. A command runs at most once. If the device is not connected, the "
                   "command waits in the collector until --life is over. Exit code 77: refused; 1: "
                   "failed, or the outcome is unknown."),
       .arguments = {kDevice,
                     {"kind", "KIND", "Kind of command", true},
                     {.name = "arguments",
                      .placeholder = "KEY=VALUE",
                      .help =
                          "Arguments of the kind; for run, the program's name and its arguments",
                      .many = true},
                     {"--life", "DURATION",
                      "How long the command may wait before it starts; default: 1h"},
                     {"-m,--message", "TEXT", "Reason, kept with the change"},
                     {"--no-wait", "", "Do not wait for the result"}},
       .examples = {"godwit command send pump-7 ping",
                    "godwit command send pump-7 read sensor=thermal/thermal",
                    "godwit command send pump-7 run valve 40",
                    "godwit command send pump-7 restart --life 10m -m 'stuck since noon'"},
       .run = CommandSend});
  commands.push_back(
      {.path = "logs",
       .summary = "Show the last lines of an agent's log, and with -f follow it",
       .more = "With -f the command runs until Ctrl-C and continues when the device reconnects. "
               "The log level of the device does not change: with --level debug the agent sends "
               "lines that it does not print. Lines that come faster than the connection takes "
               "them are dropped and counted.",
       .arguments = {kDevice,
                     {"-f,--follow", "", "Follow the log"},
                     {"--level",
                      "LEVEL",
                      "Lowest level to show; default: info",
                      false,
                      {"debug", "info", "warning", "error"}}},
       .examples = {"godwit logs pump-7", "godwit logs pump-7 -f --level debug"},
       .run = Logs});
  commands.push_back(
      {.path = "command kinds",
       .summary = "List the kinds of commands, with their arguments",
       .more = "The owner of a device lists the allowed kinds in the device's own settings. A kind "
               "that is not sent (see -o json) is only a permission.",
       .arguments = {},
       .examples = {"godwit command kinds", "godwit command kinds -o json"},
       .asks = false,
       .run = CommandKinds});
  commands.push_back(
      {.path = "command ls",
       .summary = "List the commands sent to a device, who sent them, and their results",
       .arguments = {kDevice},
       .examples = {"godwit command ls pump-7", "godwit command ls pump-7 -o json"},
       .run = CommandLs});
}

const Argument kToDevice{.name = "-d,--device",
                         .placeholder = "DEVICE",
                         .help = "A device to send to; repeat for more",
                         .many = true};
const Argument kToLabel{.name = "-l,--label",
                        .placeholder = "KEY=VALUE",
                        .help = "Send to all devices with this label; repeat for more",
                        .many = true};
const Argument kWhy{"-m,--message", "TEXT", "Reason, kept with the change"};
const Argument kNoWait{"--no-wait", "", "Do not wait for the trials"};

void AddConfigCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.path = "config check",
       .summary = "Check a configuration as a device would, without sending it",
       .arguments = {{"file", "FILE", "TOML file that would go on top of the devices' own files",
                      true}},
       .examples = {"godwit config check faster.toml"},
       .asks = false,
       .run = ConfigCheck});
  commands.push_back(
      {.path = "config push",
       .summary = "Push a configuration to devices, wait for their trials and report the outcome",
       .more =
           "The configuration goes on top of a device's own files, as far as those allow it. Each "
           "device puts it on trial. It is confirmed once the collector has committed a batch "
           "sampled under it. Otherwise the device rolls back to its previous configuration and "
           "reports the reason. A device that is not connected gets the configuration when it "
           "connects. Exit code 1: it failed on a device; 78: it has errors, and nothing was sent.",
       .arguments = {{"file", "FILE", "TOML file", true},
                     kToDevice,
                     kToLabel,
                     kWhy,
                     kNoWait,
                     {"--unchecked", "",
                      "Skip the check in this program; devices check the file in any case, and may "
                      "know settings that this program does not"}},
       .examples = {"godwit config push faster.toml -d pump-7 -m 'look closer'",
                    "godwit config push faster.toml -l site=plant-7"},
       .run = ConfigPush});
  commands.push_back({.path = "config unset",
                      .summary = "Return devices to their own files alone, after a trial",
                      .arguments = {kToDevice, kToLabel, kWhy, kNoWait},
                      .examples = {"godwit config unset -d pump-7"},
                      .run = ConfigUnset});
  commands.push_back(
      {.path = "config rollback",
       .summary = "Push the previous configuration of a device, or its own files if there is none",
       .arguments = {kDevice, kWhy, kNoWait},
       .examples = {"godwit config rollback pump-7"},
       .run = ConfigRollback});
  commands.push_back(
      {.path = "config ls",
       .summary = "List the configuration of each device and the outcome of its last push",
       .more = "EFFECTIVE is the revision in force on top of the device's own files; \"own files\" "
               "means none. \"(foreign)\" marks a revision that this collector does not know; the "
               "collector leaves it in force until the next push.",
       .arguments = {{"device", "DEVICE",
                      "A unique prefix of the device's name or id; default: all devices"}},
       .examples = {"godwit config ls", "godwit config ls -o json"},
       .run = ConfigLs});
  commands.push_back(
      {.path = "config show",
       .summary = "Print a revision",
       .arguments = {{"revision", "REVISION", "A unique prefix of the revision's id", true}},
       .examples = {"godwit config show 1f0c9a3e"},
       .run = ConfigShow});
  commands.push_back(
      {.path = "config diff",
       .summary = "Show the differences between two revisions, or a revision and a file",
       .arguments = {{"before", "REVISION|FILE", "Old version", true},
                     {"after", "REVISION|FILE", "New version", true}},
       .examples = {"godwit config diff 1f0c9a3e faster.toml"},
       .run = ConfigDiff});
  commands.push_back(
      {.path = "config history",
       .summary = "List the configurations pushed to a device: who, why, and the outcome",
       .arguments = {kDevice},
       .examples = {"godwit config history pump-7"},
       .run = ConfigHistory});
}

void AddAlertCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.path = "alert ls",
       .summary = "List alerts: device, count, and who acknowledged them",
       .more = "An alert needs a person. Its cause loses no data. An acknowledged alert opens "
               "again when it is raised once more.",
       .arguments = {{"device", "DEVICE",
                      "A unique prefix of the device's name or id; default: all devices"},
                     {"--open", "", "Only alerts that nobody has acknowledged"}},
       .examples = {"godwit alert ls", "godwit alert ls pump-7 -o json", "godwit alert ls --open"},
       .run = AlertLs});
  commands.push_back(
      {.path = "alert ack",
       .summary = "Acknowledge alerts of a device",
       .more = "The command acknowledges the occurrences so far: a later one opens the alert "
               "again. The alert and the audit log keep who acknowledged it and why.",
       .arguments = {kDevice,
                     {.name = "kinds",
                      .placeholder = "KIND",
                      .help = "Kind of alert, such as 'identity shared'; default: all open alerts",
                      .many = true},
                     {"-m,--message", "TEXT", "Reason, kept with the alert", true}},
       .examples = {"godwit alert ack pump-7 -m 'the card was copied on purpose'",
                    "godwit alert ack pump-7 cloned 'identity shared' -m 'spare unit in the lab'"},
       .run = AlertAck});
}

void AddOtherCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.path = "audit",
       .summary = "List the changes that operators made: who, what, when and why, newest first",
       .arguments = {{"device", "DEVICE",
                      "A unique prefix of the device's name or id; default: all devices"},
                     {"-n,--count", "NUMBER", "Largest number of entries; default: 100"}},
       .examples = {"godwit audit", "godwit audit pump-7 -n 1000 -o json"},
       .run = Audit});
  commands.push_back({.path = "gaps",
                      .summary = "List the missing samples of a device, with the reasons",
                      .arguments = {kDevice},
                      .examples = {"godwit gaps pump-7"},
                      .run = Gaps});
  commands.push_back({.path = "status",
                      .summary = "Show the collector: rates, store, retention, devices, refusals",
                      .arguments = {},
                      .examples = {"godwit status", "godwit status -o json"},
                      .run = CollectorStatus});
  commands.push_back(
      {.path = "completion",
       .summary = "Print a shell completion script",
       .arguments = {{"shell", "SHELL", "Shell to print it for", true, {"bash", "zsh", "fish"}}},
       .examples = {"godwit completion bash > /etc/bash_completion.d/godwit",
                    "godwit completion fish > ~/.config/fish/completions/godwit.fish"},
       .asks = false,
       .run = Completion});
  commands.push_back({.path = "man",
                      .summary = "Print the manual page",
                      .arguments = {},
                      .examples = {"godwit man | man -l -"},
                      .asks = false,
                      .run = Man});
}

std::vector<Command> MakeCommands() {
  std::vector<Command> commands;
  AddDeviceCommands(commands);
  AddSampleCommands(commands);
  AddRemoteCommands(commands);
  AddConfigCommands(commands);
  AddAlertCommands(commands);
  AddOtherCommands(commands);
  return commands;
}

}  // namespace

const std::vector<Command>& Commands() {
  static const std::vector<Command> commands = MakeCommands();
  return commands;
}

const std::vector<Argument>& GlobalArguments() {
  static const std::vector<Argument> arguments = {
      {"--collector", "HOST:PORT",
       "Address of the collector's port for operators; default: $GODWIT_COLLECTOR, or "
       "127.0.0.1:7444"},
      {"--insecure", "", "Allow plaintext to other machines"},
      {"-o,--output", "FORMAT", "Output format", false, {"table", "json", "jsonl", "csv"}}};
  return arguments;
}

const std::map<std::string, std::string>& Groups() {
  static const std::map<std::string, std::string> groups = {
      {"alert", "List and acknowledge alerts"},
      {"command", "Send commands to devices, and list them"},
      {"config", "Check, push and compare configurations"},
      {"device", "List, show and label devices"},
      {"series", "List the series of a device"}};
  return groups;
}

std::string Values::Text(const std::string& name) const {
  const auto found = texts.find(name);
  return found == texts.end() ? "" : found->second;
}

std::vector<std::string> Values::Many(const std::string& name) const {
  std::vector<std::string> lines;
  std::istringstream in(Text(name));
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

StatusOr<std::pair<std::string, std::string>> KeyValueOf(const std::string& word) {
  const size_t equals = word.find('=');
  if (equals == std::string::npos || equals == 0) {
    return Error(StatusCode::kInvalidArgument, Cat("'", word, "' is not KEY=VALUE"));
  }
  return std::pair(word.substr(0, equals), word.substr(equals + 1));
}

std::string LongName(const Argument& argument) {
  const size_t dashes = argument.name.rfind("--");
  return dashes == std::string::npos ? argument.name : argument.name.substr(dashes + 2);
}

}  // namespace godwit::cli
