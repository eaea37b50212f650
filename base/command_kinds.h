// The table of the kinds of commands that an operator can send to a device, one row for each kind.
// Every list of kinds has the order of this table.
//
// The table determines what a device's owner may allow (`remote.commands`), the output of
// `godwit-agent remote explain`, the device's check of a command, `godwit command kinds`, the help
// of `godwit command send`, and the table in docs/remote-control.md. agent/command_actions.cc has
// the action of each kind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace godwit {

enum class CommandKindId : uint8_t {
  kPing,
  kRead,
  kFlush,
  kSetLogLevel,
  kLive,
  kDiagnostics,
  kLogs,
  kRestart,
  kRun,
};

// The target of a command. The device's owner lists the sensors and programs that commands may use.
enum class CommandTarget : uint8_t {
  kAgent,
  kSensor,   // the argument `sensor` is a "type/name" that remote.sensors allows
  kProgram,  // the argument `program` names one of remote.programs; "1", "2", … are its arguments
};

struct CommandKind {
  CommandKindId id;
  // The name on the wire, in the journal, in settings and on the command line. Its meaning never
  // changes.
  std::string_view name;
  // The arguments as a person types them, separated by blanks. Optional ones show their default:
  // "for=10m".
  std::string_view arguments;
  // The effect of the command: an imperative without a full stop.
  std::string_view summary;
  // Details for operators, in whole sentences; may be empty.
  std::string_view details;
  CommandTarget target = CommandTarget::kAgent;
  // True if `godwit command send` sends it. False: another call needs the same permission.
  bool is_sent = true;
  // True if it ends the agent. Its result is in the journal before the action runs.
  bool ends_agent = false;
  // True if the result has the device's wall clock, which the command line compares with the
  // collector's.
  bool reports_clock = false;
};

inline constexpr CommandKind kCommandKinds[] = {
    {.id = CommandKindId::kPing,
     .name = "ping",
     .arguments = "",
     .summary = "show the agent's version and its clocks",
     .details = "The command line adds the round-trip time.",
     .reports_clock = true},
    {.id = CommandKindId::kRead,
     .name = "read",
     .arguments = "sensor=TYPE/NAME",
     .summary = "read one sensor now and show the values or the error",
     .details = "Also shows how long the reading took. If a reading is under way, the command "
                "shows its result and starts no other. The command stores nothing.",
     .target = CommandTarget::kSensor},
    {.id = CommandKindId::kFlush,
     .name = "flush",
     .arguments = "",
     .summary = "seal and upload the samples taken so far",
     .details = ""},
    {.id = CommandKindId::kSetLogLevel,
     .name = "set-log-level",
     .arguments = "level=debug|info|warning|error for=10m",
     .summary = "change the agent's log level, for at most an hour",
     .details = "The change ends by itself, also without a connection."},
    {.id = CommandKindId::kLive,
     .name = "live",
     .arguments = "sensor=TYPE/NAME interval=1s for=1m",
     .summary = "read one sensor more often and upload every 2 s, for at most 15 minutes",
     .details = "The change ends by itself, also without a connection.",
     .target = CommandTarget::kSensor},
    {.id = CommandKindId::kDiagnostics,
     .name = "diagnostics",
     .arguments = "",
     .summary = "show the agent's settings (without secrets), its state and its last log lines",
     .details = "The state covers the spool, the session and the sensors. The output is one text."},
    {.id = CommandKindId::kLogs,
     .name = "logs",
     .arguments = "",
     .summary = "follow the agent's log, line by line",
     .details = "`godwit logs` uses this permission.",
     .is_sent = false},
    {.id = CommandKindId::kRestart,
     .name = "restart",
     .arguments = "",
     .summary = "restart the agent (not the machine)",
     .details = "The process stays the same. The agent restarts at most 6 times an hour. It "
                "refuses a further restart and says when the next one is possible.",
     .ends_agent = true},
    {.id = CommandKindId::kRun,
     .name = "run",
     .arguments = "PROGRAM ARGUMENT...",
     .summary = "run a program that remote.programs lists, with arguments that match",
     .details = "",
     .target = CommandTarget::kProgram},
};

// Returns the row of that name, or null.
constexpr const CommandKind* FindCommandKind(std::string_view name) {
  for (const CommandKind& kind : kCommandKinds) {
    if (kind.name == name) return &kind;
  }
  return nullptr;
}

constexpr std::string_view CommandKindName(CommandKindId id) {
  return kCommandKinds[static_cast<size_t>(id)].name;
}

constexpr bool EndsAgent(std::string_view kind) {
  const CommandKind* const row = FindCommandKind(kind);
  return row != nullptr && row->ends_agent;
}

static_assert(
    [] {
      size_t next = 0;
      for (const CommandKind& kind : kCommandKinds) {
        if (static_cast<size_t>(kind.id) != next++) return false;
      }
      return true;
    }(),
    "a row is missing, or the rows are not in the order of their ids");

}  // namespace godwit
