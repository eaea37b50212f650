// The kinds of commands that an operator sends to a device: one table, a row for each kind. Its
// order is the order of every list of kinds.
//
// Made from it: what a device's owner may allow (`remote.commands`) and what
// `godwit-agent remote explain` says, the device's check of a command, `godwit command kinds`, the
// help of `godwit command send`, and the table in docs/remote-control.md. What a kind does on the
// agent is in agent/command_actions.cc.
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

// What a command acts on. Of sensors and programs the device's owner lists those that it may act
// on.
enum class CommandTarget : uint8_t {
  kAgent,
  kSensor,   // the argument `sensor` is a "type/name" that remote.sensors allows
  kProgram,  // the argument `program` names one of remote.programs; "1", "2", … are its arguments
};

struct CommandKind {
  CommandKindId id;
  // On the wire, in the journal, in settings and on the command line. Never changes its meaning.
  std::string_view name;
  // As a person types them, separated by blanks. Optional ones have their default: "for=10m".
  std::string_view arguments;
  // What the command does: an imperative without a full stop.
  std::string_view summary;
  // More for operators, in whole sentences; may be empty.
  std::string_view details;
  CommandTarget target = CommandTarget::kAgent;
  // `godwit command send` sends it. False: another call has the same permission.
  bool is_sent = true;
  // It ends the agent: the result is in the journal before the action runs.
  bool ends_agent = false;
  // The result has the device's wall clock: the command line compares it with the collector's.
  bool reports_clock = false;
};

inline constexpr CommandKind kCommandKinds[] = {
    {.id = CommandKindId::kPing,
     .name = "ping",
     .arguments = "",
     .summary = "ask for the agent's version and its clocks",
     .details = "The command line adds the round trip.",
     .reports_clock = true},
    {.id = CommandKindId::kRead,
     .name = "read",
     .arguments = "sensor=TYPE/NAME",
     .summary = "read one sensor now, and show the values or the error",
     .details =
         "Shows the time that the reading took. A reading that is under way is shown instead of "
         "another one. Nothing more is stored.",
     .target = CommandTarget::kSensor},
    {.id = CommandKindId::kFlush,
     .name = "flush",
     .arguments = "",
     .summary = "seal and upload what is sampled so far",
     .details = ""},
    {.id = CommandKindId::kSetLogLevel,
     .name = "set-log-level",
     .arguments = "level=debug|info|warning|error for=10m",
     .summary = "change the agent's log level, for at most an hour",
     .details = "Ends by itself, also without a link."},
    {.id = CommandKindId::kLive,
     .name = "live",
     .arguments = "sensor=TYPE/NAME interval=1s for=1m",
     .summary = "read one sensor more often and upload every 2 s, for at most 15 minutes",
     .details = "Ends by itself, also without a link.",
     .target = CommandTarget::kSensor},
    {.id = CommandKindId::kDiagnostics,
     .name = "diagnostics",
     .arguments = "",
     .summary = "show the agent's settings (no secrets), its state and its last log lines",
     .details = "The state is that of the spool, the session and the sensors. All is one text."},
    {.id = CommandKindId::kLogs,
     .name = "logs",
     .arguments = "",
     .summary = "follow the agent's log, line by line",
     .details = "`godwit logs` asks for it.",
     .is_sent = false},
    {.id = CommandKindId::kRestart,
     .name = "restart",
     .arguments = "",
     .summary = "restart the agent (not the machine)",
     .details =
         "It goes on in the same process. At most 6 times an hour: another restart is refused, and "
         "the answer says when it is possible again.",
     .ends_agent = true},
    {.id = CommandKindId::kRun,
     .name = "run",
     .arguments = "PROGRAM ARGUMENT...",
     .summary = "run a program that remote.programs lists, with arguments that match",
     .details = "",
     .target = CommandTarget::kProgram},
};

// Null: no row has that name.
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
