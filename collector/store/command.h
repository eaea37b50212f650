// Commands as the store has them, and the rule by which they start and end.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace godwit::collector {

// Of commands, pushes and offers.
inline constexpr size_t kOrderIdSize = 16;

// What an operator wants a device to do.
struct NewCommand {
  std::string id;         // kOrderIdSize random bytes
  std::string device_id;  // known to the store
  std::string kind;
  std::map<std::string, std::string> arguments;
  std::string issuer;
  std::string message;
  int64_t expires_unix_ns = 0;
};

// Whether a command with the same id is the same order, given again: it may have another origin and
// another end of its life.
bool IsSameOrder(const NewCommand& one, const NewCommand& other);

// Where a command stands. The numbers are those of the store, for ever.
enum class CommandState : uint8_t {
  kWaiting = 0,  // no device may have started it
  kStarted = 1,  // a device has the go
  kDone = 2,
  kFailed = 3,
  kRefused = 4,
  kExpired = 5,
  kOutcomeUnknown = 6,
};
// As the wire says them, for ever: "waiting", "begun" (kStarted), "done", "failed", "refused",
// "expired", "outcome unknown".
std::string_view CommandStateName(CommandState state);
inline bool HasEnded(CommandState state) {
  return state != CommandState::kWaiting && state != CommandState::kStarted;
}

struct CommandRow {
  NewCommand command;
  CommandState state = CommandState::kWaiting;
  std::string output;
  uint64_t start_id = 0;  // of the agent's start that was told to go
  int64_t issued_unix_ns = 0;
  int64_t started_unix_ns = 0;  // 0: not yet
  int64_t ended_unix_ns = 0;    // likewise
};

// What a device says of a command.
struct CommandReport {
  std::string id;
  std::string device_id;
  uint64_t start_id = 0;
  // How it ended; none: it asks whether it may start.
  std::optional<CommandState> ended;
  std::string output;
};

struct CommandAnswer {
  bool go = false;
  std::string reason;  // why not
};

// The one rule of commands, in both stores: what `report` makes of `row`, and the answer. A go is
// given to one start of one agent; asked again by the same, it is given again. Pure.
CommandAnswer Judge(const CommandReport& report, int64_t now_unix_ns, CommandRow& row);

}  // namespace godwit::collector
