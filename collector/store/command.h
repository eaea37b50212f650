// Defines commands as the store has them, and the rule by which they start and end.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::collector {

// The size of the ids of commands, pushes and offers.
inline constexpr size_t kOrderIdSize = 16;

// A command of an operator.
struct NewCommand {
  std::string id;         // kOrderIdSize random bytes
  std::string device_id;  // known to the store
  std::string kind;
  std::map<std::string, std::string> arguments;
  std::string issuer;
  std::string message;
  int64_t expires_unix_ns = 0;
};

// Returns whether a command with the same id is the same order, repeated: its origin and its expiry
// may differ.
bool IsSameOrder(const NewCommand& one, const NewCommand& other);

// The state of a command. The numbers are those of the store and never change.
enum class CommandState : uint8_t {
  kWaiting = 0,  // no device may have started it
  kStarted = 1,  // a device has the permission to start it
  kDone = 2,
  kFailed = 3,
  kRefused = 4,
  kExpired = 5,
  kOutcomeUnknown = 6,
};
// Returns the state's name on the wire, which never changes: "waiting", "begun" (kStarted), "done",
// "failed", "refused", "expired", "outcome unknown".
std::string_view CommandStateName(CommandState state);
inline bool HasEnded(CommandState state) {
  return state != CommandState::kWaiting && state != CommandState::kStarted;
}

struct CommandRow {
  NewCommand command;
  CommandState state = CommandState::kWaiting;
  std::string output;
  uint64_t start_id = 0;  // of the agent's start that got the permission
  int64_t issued_unix_ns = 0;
  int64_t started_unix_ns = 0;  // 0: not yet
  int64_t ended_unix_ns = 0;    // likewise
};

// A device's report on a command.
struct CommandReport {
  std::string id;
  std::string device_id;
  uint64_t start_id = 0;
  // The end of the command; none: the device asks whether it may start.
  std::optional<CommandState> ended;
  std::string output;
};

struct CommandAnswer {
  bool go = false;
  std::string reason;  // why not
};

// Applies `report` to `row` and returns the answer: the one rule of commands, in both stores. The
// permission goes to one start of one agent; the same one gets it again when it asks again. Pure.
CommandAnswer Judge(const CommandReport& report, int64_t now_unix_ns, CommandRow& row);

}  // namespace godwit::collector
