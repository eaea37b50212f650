#include "agent/uplink/retry_schedule.h"

#include <algorithm>
#include <optional>

#include "agent/limits.h"
#include "agent/uplink/retry_policy.h"

namespace godwit::agent {

absl::Duration RetrySchedule::Plan(const CallResult& result, bool session_was_open) {
  const absl::Duration backoff = backoff_.Next(random_.Next());
  const absl::Duration now = clock_.Boot();
  absl::Duration wait = WaitAfter(result, backoff);
  std::optional<absl::Duration> hint;
  if (result.retry_after) hint = BoundedHint(*result.retry_after);
  // A hint at the end of an open session is one to all its devices: each returns within it.
  const bool sent_away = absl::IsUnavailable(result.status) && hint;
  if (session_was_open && (result.closed_by_peer || sent_away)) {
    const absl::Duration spread = hint.value_or(std::min(kReturnSpread, options_.max));
    wait = UniformDuration(random_.Next(), spread);
    if (hint) {
      hint = wait;
      wait = std::max(wait, backoff);
    }
  }
  if (hint) not_before_ = now + *hint;
  due_at_ = now + wait;
  return wait;
}

void RetrySchedule::BringForward() {
  due_at_ = std::max(clock_.Boot(), not_before_);
}

bool RetrySchedule::BringForwardForNetwork() {
  const absl::Duration now = clock_.Boot();
  if (now - hurried_at_ < kHurryAgain) return false;
  hurried_at_ = now;
  if (!HintHolds()) ResetBackoff();
  BringForward();
  return true;
}

absl::Duration RetrySchedule::wait() const {
  return std::max(due_at_ - clock_.Boot(), absl::ZeroDuration());
}

}  // namespace godwit::agent
