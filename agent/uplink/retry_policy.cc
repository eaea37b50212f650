#include "agent/uplink/retry_policy.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <system_error>

#include "agent/limits.h"

namespace godwit::agent {

NextStep NextStepAfter(const CallResult& result) {
  switch (result.status.code()) {
    case StatusCode::kFailedPrecondition:
      return result.retry_after ? NextStep::kBackOff : NextStep::kReopenNow;
    // Without a hint this is a message over the limit, which is no larger the next time.
    case StatusCode::kResourceExhausted:
      return result.retry_after ? NextStep::kBackOff : NextStep::kNeedsAttention;
    case StatusCode::kUnauthenticated:
    case StatusCode::kPermissionDenied:
    case StatusCode::kInvalidArgument:
    case StatusCode::kUnimplemented:
      return NextStep::kNeedsAttention;
    default:
      return NextStep::kBackOff;
  }
}

absl::Duration BoundedHint(absl::Duration hint) {
  return std::clamp(hint, absl::ZeroDuration(), kRetryHintMax);
}

absl::Duration WaitAfter(const CallResult& result, absl::Duration backoff) {
  if (result.retry_after) return std::max(backoff, BoundedHint(*result.retry_after));
  return NextStepAfter(result) == NextStep::kNeedsAttention ? kSlowRetry : backoff;
}

std::optional<absl::Duration> ParseRetryHint(std::string_view milliseconds) {
  uint64_t value = 0;
  const char* const end = milliseconds.data() + milliseconds.size();
  const auto parsed = std::from_chars(milliseconds.data(), end, value);
  if (parsed.ptr != end) return std::nullopt;
  if (parsed.ec == std::errc::result_out_of_range) return absl::InfiniteDuration();
  if (parsed.ec != std::errc{}) return std::nullopt;
  constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
  return absl::Milliseconds(static_cast<int64_t>(std::min(value, kMost)));
}

}  // namespace godwit::agent
