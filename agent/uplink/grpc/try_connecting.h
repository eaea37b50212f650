// Makes one connection to the collector for `doctor`, as the running agent makes it, and closes it
// again.
#pragma once

#include "absl/time/time.h"
#include "agent/uplink/grpc/channel.h"
#include "base/status.h"
#include "platform/clock.h"

namespace godwit::agent {

// Returns OK if a collector for devices has answered a question that changes nothing there.
// Otherwise the error says what is wrong and what to do, in the words of the running agent
// (connection_failure.h). Blocks for up to `patience`, and once more for a handshake that fails.
[[nodiscard]] Status TryConnecting(const ChannelOptions& options, const Clock& clock,
                                   absl::Duration patience);

}  // namespace godwit::agent
