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
                     "Series by name, as in a shell: 'system.cpu.*'; with a '{' by attributes too: "
                     "'system.cpu.time{cpu.mode=user}'; all without"};
const Argument kSince{"--since", "WHEN",
                      "From then: a duration back from now (90s, 1h, 7d), or a time such as "
                      "2026-05-01T12:00:00Z"};
const Argument kUntil{"--until", "WHEN", "Before then; the same spellings, or 'now'"};

void AddDeviceCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.path = "device ls",
       .summary = "List devices: who is there, how far behind, how full, what is missing",
       .more = "SEEN is when the device last spoke; LAG how old its newest sample is; SPOOL how "
               "full its spool is, and FULL IN how long that lasts if nothing more is taken from "
               "it; MISSING how many ticks of the last 24 hours are not there (godwit gaps tells "
               "why); CLOCK whether its wall clock is synchronised.",
       .arguments = {},
       .examples = {"godwit device ls", "godwit device ls -o json"},
       .run = DeviceLs});
  commands.push_back(
      {.path = "device show",
       .summary = "All about one device: session, runs, spool, clock, alerts, settings",
       .arguments = {kDevice},
       .examples = {"godwit device show pump-7"},
       .run = DeviceShow});
  commands.push_back(
      {.path = "device label",
       .summary = "Give a device labels beside its own, take them away, or list them",
       .more =
           "KEY=VALUE gives one, KEY- takes it away. They select devices (config push -l); where "
           "one has the key of a device's own, it holds. They do not reach the device.",
       .arguments = {kDevice,
                     {.name = "labels",
                      .placeholder = "KEY=VALUE|KEY-",
                      .help = "What to change; nothing: list them",
                      .many = true},
                     {"-m,--message", "TEXT", "Why, for those who look later"}},
       .examples = {"godwit device label pump-7 site=plant-7 spare-"},
       .run = DeviceLabel});
  commands.push_back(
      {.path = "series ls",
       .summary = "List what a device measures: kind, unit, interval, newest sample",
       .arguments = {kOfDevice, kGlob},
       .examples = {"godwit series ls -d pump-7", "godwit series ls -d pump 'system.*'"},
       .run = SeriesLs});
}

void AddSampleCommands(std::vector<Command>& commands) {
  commands.push_back({.path = "latest",
                      .summary = "The newest value of each series of a device",
                      .arguments = {kDevice, kGlob},
                      .examples = {"godwit latest pump-7", "godwit latest pump 'system.memory.*'"},
                      .run = Latest});
  commands.push_back(
      {.path = "query",
       .summary = "Samples of a time, or their mean, min, max, last, count or rate step by step",
       .more =
           "Steps are multiples of --step (of the Unix epoch), told by their beginning; without "
           "one --agg gives one value for the whole range. A rate is that of Prometheus: of "
           "counters, per second, resets taken into account, over --window back from the end "
           "of each step (by default the step, and at least four intervals of the series). "
           "States have last and count only.",
       .arguments = {kOfDevice,
                     kGlob,
                     kSince,
                     kUntil,
                     {"--step", "DURATION", "One value for each of these"},
                     {"--agg",
                      "AGGREGATE",
                      "What becomes of a step's samples",
                      false,
                      {"mean", "min", "max", "last", "count", "rate"}},
                     {"--window", "DURATION", "How far a rate looks back"}},
       .examples = {"godwit query -d pump-7 'hw.temperature*' --since 1h",
                    "godwit query -d pump-7 'hw.temperature*' --since 7d --step 1h --agg max",
                    "godwit query -d pump-7 system.cpu.time --since 1h --step 1m --agg rate"},
       .run = Query});
  commands.push_back(
      {.path = "export",
       .summary = "Every sample of a device, in the order of its runs, records and ticks",
       .more = "The whole history unless --since says otherwise; JSON lines unless -o does. Shows "
               "how far it is when standard error is a terminal. Ctrl-C ends it.",
       .arguments = {kOfDevice, kGlob, kSince, kUntil},
       .examples = {"godwit export -d pump-7 > pump-7.jsonl",
                    "godwit export -d pump-7 'system.*' --since 24h -o csv > day.csv"},
       .format = Format::kJsonLines,
       .run = Export});
  commands.push_back({.path = "tail",
                      .summary = "Samples as they are committed, until Ctrl-C",
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
       .summary = "Have a device do something, wait for it and print what came of it",
       .more = Cat(KindsHelp(),
                   "What a device allows stands in its own settings; it says which rule refused a "
                   "command. A command runs at most once. For a device that is not connected it "
                   "waits in the collector until its life is over. Exit code 77: refused; 1: it "
                   "failed, or nobody knows."),
       .arguments = {kDevice,
                     {"kind", "KIND", "What to do", true},
                     {.name = "arguments",
                      .placeholder = "KEY=VALUE",
                      .help = "What the kind takes; of a program, its name and its arguments",
                      .many = true},
                     {"--life", "DURATION", "After that it does not start any more; 1h without"},
                     {"-m,--message", "TEXT", "Why, for those who look later"},
                     {"--no-wait", "", "Only issue it"}},
       .examples = {"godwit command send pump-7 ping",
                    "godwit command send pump-7 read sensor=thermal/thermal",
                    "godwit command send pump-7 run valve 40",
                    "godwit command send pump-7 restart --life 10m -m 'stuck since noon'"},
       .run = CommandSend});
  commands.push_back(
      {.path = "logs",
       .summary = "The agent's own log: its last lines, and with -f those that come",
       .more = "Until Ctrl-C with -f, also while the device goes away and comes back. The device's "
               "own log level is not changed: with --level debug it sends what it does not print. "
               "Lines that come faster than the link takes them are dropped, and counted.",
       .arguments = {kDevice,
                     {"-f,--follow", "", "Go on"},
                     {"--level",
                      "LEVEL",
                      "Lines of this level and worse; info without",
                      false,
                      {"debug", "info", "warning", "error"}}},
       .examples = {"godwit logs pump-7", "godwit logs pump-7 -f --level debug"},
       .run = Logs});
  commands.push_back({.path = "command kinds",
                      .summary = "The kinds of commands: what each does and takes",
                      .more =
                          "A device's owner lists the kinds that it allows in its own settings. "
                          "One that is not sent (-o json says so) is a permission only.",
                      .arguments = {},
                      .examples = {"godwit command kinds", "godwit command kinds -o json"},
                      .asks = false,
                      .run = CommandKinds});
  commands.push_back({.path = "command ls",
                      .summary = "What a device was asked to do, by whom, and what came of it",
                      .arguments = {kDevice},
                      .examples = {"godwit command ls pump-7", "godwit command ls pump-7 -o json"},
                      .run = CommandLs});
}

const Argument kToDevice{.name = "-d,--device",
                         .placeholder = "DEVICE",
                         .help = "To this one, and those of further -d",
                         .many = true};
const Argument kToLabel{.name = "-l,--label",
                        .placeholder = "KEY=VALUE",
                        .help = "To all that have this label, and those of further -l",
                        .many = true};
const Argument kWhy{"-m,--message", "TEXT", "Why, for those who look later"};
const Argument kNoWait{"--no-wait", "", "Only offer it"};

void AddConfigCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.path = "config check",
       .summary = "Check a configuration as devices will, and send nothing",
       .arguments = {{"file", "FILE", "TOML, on top of the devices' own files", true}},
       .examples = {"godwit config check faster.toml"},
       .asks = false,
       .run = ConfigCheck});
  commands.push_back(
      {.path = "config push",
       .summary = "Offer a configuration to devices, wait for their trials and tell the outcome",
       .more = "It goes on top of a device's own files, as far as those allow it. Each device puts "
               "it on trial: it holds once a batch sampled under it is committed; else what was "
               "before returns, and the reason is told. A device that is not connected takes it "
               "when it comes. Exit code 1: it failed somewhere; 78: there are mistakes in it, "
               "and nothing was sent.",
       .arguments = {{"file", "FILE", "TOML", true},
                     kToDevice,
                     kToLabel,
                     kWhy,
                     kNoWait,
                     {"--unchecked", "",
                      "Send it as it is: the devices check it anyway, and may know settings that "
                      "this program does not"}},
       .examples = {"godwit config push faster.toml -d pump-7 -m 'look closer'",
                    "godwit config push faster.toml -l site=plant-7"},
       .run = ConfigPush});
  commands.push_back({.path = "config unset",
                      .summary = "Take a device back to its own files alone, by a trial as well",
                      .arguments = {kToDevice, kToLabel, kWhy, kNoWait},
                      .examples = {"godwit config unset -d pump-7"},
                      .run = ConfigUnset});
  commands.push_back(
      {.path = "config rollback",
       .summary = "Offer a device the configuration it ran with before, or else its own files",
       .arguments = {kDevice, kWhy, kNoWait},
       .examples = {"godwit config rollback pump-7"},
       .run = ConfigRollback});
  commands.push_back(
      {.path = "config ls",
       .summary = "What each device runs with, and what came of its last offer",
       .more = "EFFECTIVE is a revision on top of the device's own files, or those alone. Foreign: "
               "this collector does not know it, and leaves it alone until a push.",
       .arguments = {{"device", "DEVICE", "A unique prefix of a device's name or id; all without"}},
       .examples = {"godwit config ls", "godwit config ls -o json"},
       .run = ConfigLs});
  commands.push_back({.path = "config show",
                      .summary = "Print the text of a revision",
                      .arguments = {{"revision", "REVISION", "A unique prefix of its id", true}},
                      .examples = {"godwit config show 1f0c9a3e"},
                      .run = ConfigShow});
  commands.push_back({.path = "config diff",
                      .summary = "What differs between two revisions, or a revision and a file",
                      .arguments = {{"before", "REVISION|FILE", "The one", true},
                                    {"after", "REVISION|FILE", "The other", true}},
                      .examples = {"godwit config diff 1f0c9a3e faster.toml"},
                      .run = ConfigDiff});
  commands.push_back({.path = "config history",
                      .summary = "What a device was offered, by whom, why, and what came of it",
                      .arguments = {kDevice},
                      .examples = {"godwit config history pump-7"},
                      .run = ConfigHistory});
}

void AddAlertCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.path = "alert ls",
       .summary = "What a person must look at: of which device, how often, who has",
       .more =
           "Nothing is lost by what raises an alert. One that is acknowledged is open again when "
           "it is raised once more.",
       .arguments = {{"device", "DEVICE", "A unique prefix of a device's name or id; all without"},
                     {"--open", "", "Only those that nobody has acknowledged"}},
       .examples = {"godwit alert ls", "godwit alert ls pump-7 -o json", "godwit alert ls --open"},
       .run = AlertLs});
  commands.push_back(
      {.path = "alert ack",
       .summary = "Acknowledge alerts of a device: who and why are kept",
       .more = "As many as there are now: one that is raised later is open. The audit log has it, "
               "too.",
       .arguments = {kDevice,
                     {.name = "kinds",
                      .placeholder = "KIND",
                      .help = "Which, such as 'identity shared'; all that are open without",
                      .many = true},
                     {"-m,--message", "TEXT", "Why it is all right", true}},
       .examples = {"godwit alert ack pump-7 -m 'the card was copied on purpose'",
                    "godwit alert ack pump-7 cloned 'identity shared' -m 'spare unit in the lab'"},
       .run = AlertAck});
}

void AddOtherCommands(std::vector<Command>& commands) {
  commands.push_back(
      {.path = "audit",
       .summary = "What operators changed: who, what, when and why, newest first",
       .arguments = {{"device", "DEVICE", "A unique prefix of a device's name or id; all without"},
                     {"-n,--count", "NUMBER", "So many at most; 100 without"}},
       .examples = {"godwit audit", "godwit audit pump-7 -n 1000 -o json"},
       .run = Audit});
  commands.push_back({.path = "gaps",
                      .summary = "What is missing of a device's samples, how much, and why",
                      .arguments = {kDevice},
                      .examples = {"godwit gaps pump-7"},
                      .run = Gaps});
  commands.push_back({.path = "status",
                      .summary = "The collector: rates, store, retention, devices, refusals",
                      .arguments = {},
                      .examples = {"godwit status", "godwit status -o json"},
                      .run = CollectorStatus});
  commands.push_back(
      {.path = "completion",
       .summary = "Print what a shell needs to complete these commands",
       .arguments = {{"shell", "SHELL", "Of which shell", true, {"bash", "zsh", "fish"}}},
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
       "Address of the collector's operators port; GODWIT_COLLECTOR says it too; 127.0.0.1:7444 "
       "without"},
      {"--insecure", "", "Allow plaintext beyond this machine"},
      {"-o,--output", "FORMAT", "How to print", false, {"table", "json", "jsonl", "csv"}}};
  return arguments;
}

const std::map<std::string, std::string>& Groups() {
  static const std::map<std::string, std::string> groups = {
      {"alert", "What a person must look at"},
      {"command", "What devices are asked to do"},
      {"config", "What devices run with"},
      {"device", "Devices"},
      {"series", "What devices measure"}};
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
    return Error(StatusCode::kInvalidArgument, Cat("'", word, "' is no KEY=VALUE"));
  }
  return std::pair(word.substr(0, equals), word.substr(equals + 1));
}

std::string LongName(const Argument& argument) {
  const size_t dashes = argument.name.rfind("--");
  return dashes == std::string::npos ? argument.name : argument.name.substr(dashes + 2);
}

}  // namespace godwit::cli
