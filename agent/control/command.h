// Defines commands as the device has them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "base/names.h"

namespace godwit::agent {

using CommandId = std::string;  // 16 bytes, random
inline constexpr size_t kCommandIdSize = 16;

using Arguments = std::map<std::string, std::string>;

// The state of a command. The numbers are those of the journal and never change.
enum class CommandState : uint8_t {
  kReceived = 1,  // in the journal; it has not started
  kStarted = 2,   // in the journal before the action runs
  kDone = 3,
  kFailed = 4,          // it started, and failed
  kRefused = 5,         // it did not start and will not
  kExpired = 6,         // it expired before it started
  kOutcomeUnknown = 7,  // the agent ended while it ran
};

inline bool HasEnded(CommandState state) {
  return state != CommandState::kReceived && state != CommandState::kStarted;
}

struct JournalEntry {
  CommandId id;
  std::string kind;
  CommandState state = CommandState::kReceived;
  // When it expires, on the collector's clock: only compared with those of other commands.
  int64_t expires_unix_ns = 0;
  // The time to its expiry when it was received. How much of it passed before a restart is not
  // known, so it counts again from the start: an id is kept too long rather than too short.
  absl::Duration life;
  std::string output;  // of one that has ended
};

// A restart of the agent by a command.
struct RestartMark {
  BootId boot_id;
  absl::Duration at;  // on that boot's clock
  friend bool operator==(const RestartMark&, const RestartMark&) = default;
};

}  // namespace godwit::agent
