// What a failed call means, and how long to wait after it: the one place that decides.
// docs/protocol.md has the same table. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "agent/uplink/transport.h"

namespace godwit::agent {

enum class NextStep {
  kReopenNow,      // the session is not known any more: open another at once
  kBackOff,        // the link or the collector is in trouble: full-jitter back-off
  kNeedsAttention  // it will not get better by itself: slow retries, logged as an error
};

NextStep NextStepAfter(const CallResult& result);

// The wait before the next try; `backoff` is what the caller's own back-off says. A hint replaces
// the rest of the table, but is never less than `backoff`: one of 0 would make a busy loop.
absl::Duration WaitAfter(const CallResult& result, absl::Duration backoff);

// A hint as the agent follows it: from 0 to kRetryHintMax.
absl::Duration BoundedHint(absl::Duration hint);

// The value of the trailer godwit-retry-after-ms as it is, however large; nothing when it is no
// number.
std::optional<absl::Duration> ParseRetryHint(std::string_view milliseconds);

}  // namespace godwit::agent
