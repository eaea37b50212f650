// Decides, in one place, what a failed call means and how long to wait after it. docs/protocol.md
// has the same table. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "agent/uplink/transport.h"

namespace godwit::agent {

enum class NextStep {
  kReopenNow,      // the session is not known any more: open another at once
  kBackOff,        // the link or the collector is in trouble: full-jitter back-off
  kNeedsAttention  // a person must act: slow retries, logged as an error
};

NextStep NextStepAfter(const CallResult& result);

// Returns the wait before the next attempt; `backoff` is the caller's own back-off. A hint replaces
// the rest of the table, but the wait is never less than `backoff`: a hint of 0 would make a busy
// loop.
absl::Duration WaitAfter(const CallResult& result, absl::Duration backoff);

// Returns the hint as the agent follows it: from 0 to kRetryHintMax.
absl::Duration BoundedHint(absl::Duration hint);

// Returns the value of the trailer godwit-retry-after-ms, however large; nothing if it is not a
// number.
std::optional<absl::Duration> ParseRetryHint(std::string_view milliseconds);

}  // namespace godwit::agent
