// The table of the commands of `godwit`. The command line, --help, the shells' completion and the
// manual pages are all made from it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "base/status.h"
#include "cli/client/fleet_client.h"
#include "cli/output.h"

namespace godwit::cli {

// One thing a command takes.
struct Argument {
  std::string name;         // "device" for a word by itself; "--since" or "-d,--device"
  std::string placeholder;  // "DURATION"; empty: a flag
  std::string help;         // one sentence
  bool required = false;
  std::vector<std::string> choices = {};
  bool many = false;  // may be given again; the values come a line each
};

// What was given, by the argument's long name without dashes. Thread-compatible.
class Values {
 public:
  std::map<std::string, std::string> texts;

  bool Has(const std::string& name) const { return texts.contains(name); }
  // Empty when it was not given.
  std::string Text(const std::string& name) const;
  // Of an argument that may be given again.
  std::vector<std::string> Many(const std::string& name) const;
};

// What a command runs with.
struct Session {
  FleetClient* client = nullptr;  // none for commands that ask nobody
  Format format = Format::kTable;
  Terminal terminal;
  absl::Time now;
};

struct Command {
  std::string path;     // "device ls"
  std::string summary;  // one line
  std::string more;     // what else to know; may be empty
  std::vector<Argument> arguments;
  std::vector<std::string> examples;  // whole command lines
  Format format = Format::kTable;     // when -o does not say
  bool asks = true;                   // the collector
  std::function<Status(const Session&, const Values&)> run;
};

// In the order in which help lists them.
const std::vector<Command>& Commands();
// Before the commands.
const std::vector<Argument>& GlobalArguments();
// What words like "device" stand for, where they only group commands.
const std::map<std::string, std::string>& Groups();

// "key=value", both; kInvalidArgument: it is no such word.
[[nodiscard]] StatusOr<std::pair<std::string, std::string>> KeyValueOf(const std::string& word);

// "-d,--device" -> "device"; "device" -> "device".
std::string LongName(const Argument& argument);

}  // namespace godwit::cli
