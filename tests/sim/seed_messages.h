// The messages that a child process of the seed farm writes into its pipe: that a seed starts, that
// a fault is about to strike, and the result. A field is its length in decimal digits, a colon and
// its bytes; a message is a field that contains fields. Both ends run the same program, so the
// format has no version.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "tests/sim/trouble.h"

namespace godwit::sim {

struct SeedStarted {
  uint64_t seed = 0;
};

using SeedMessage = std::variant<SeedStarted, StruckFault, SeedResult>;

// Returns the message as bytes. Durations are rounded down to nanoseconds.
std::string Encode(const SeedMessage& message);

// Removes the first message from `received` and returns it. Returns nothing, and removes nothing,
// while the message is incomplete. Aborts on bytes that Encode() does not write.
std::optional<SeedMessage> TakeMessage(std::string& received);

}  // namespace godwit::sim
