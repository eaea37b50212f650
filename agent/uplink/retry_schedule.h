// Decides when the next attempt to open a session is made: after a back-off with full jitter, and
// never earlier than the collector's last hint allows.
#pragma once

#include "absl/time/time.h"
#include "agent/uplink/transport.h"
#include "base/backoff.h"
#include "platform/clock.h"
#include "platform/random.h"

namespace godwit::agent {

// The schedule of attempts. Thread-compatible. Borrows the clock and the random numbers. Times are
// on the boot clock.
class RetrySchedule {
 public:
  RetrySchedule(const BackoffOptions& options, const Clock& clock, Random& random)
      : options_(options), clock_(clock), random_(random), backoff_(options) {}

  // Plans the attempt after a call that failed, and returns the time until then. Devices whose open
  // session ends all at once return spread out.
  absl::Duration Plan(const CallResult& result, bool session_was_open);
  // Plans the next attempt for now, or for the end of the hint.
  void BringForward();
  // Plans the next attempt for now because the network has changed, and resets the back-off, unless
  // a hint holds. Returns false, and changes nothing, within kHurryAgain of the last time: links
  // that flap must not cause attempts without end.
  bool BringForwardForNetwork();
  // Resets the back-off, because the connection works.
  void ResetBackoff() { backoff_.Reset(); }

  // Returns the time until the planned attempt, 0 if it is due.
  absl::Duration wait() const;
  // Returns whether the collector has asked for a wait that is not over.
  bool HintHolds() const { return clock_.Boot() < not_before_; }

  static constexpr absl::Duration kHurryAgain = absl::Seconds(3);

 private:
  const BackoffOptions options_;
  const Clock& clock_;
  Random& random_;
  Backoff backoff_;
  absl::Duration due_at_ = -absl::InfiniteDuration();
  absl::Duration not_before_ = -absl::InfiniteDuration();  // the end of the last hint
  absl::Duration hurried_at_ = -absl::InfiniteDuration();
};

}  // namespace godwit::agent
