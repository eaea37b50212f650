// Decides when a device without a session changes to another connection, and to which: one after
// another, for ever.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "absl/time/time.h"

namespace godwit::agent {

// The schedule of fallback connections. Loop-confined. It depends only on its arguments and what it
// remembers. Times are on the boot clock.
class FallbackSchedule {
 public:
  // Starts with the first of the connections. `after` is how long it may be without a session.
  FallbackSchedule(absl::Duration after, absl::Duration now) : after_(after), since_(now) {}

  // The time for which a connection other than the first is tried.
  static constexpr absl::Duration kTryFor = absl::Minutes(5);

  bool IsDue(absl::Duration now) const { return now - since_ >= Patience(); }

  // Returns the number of the connection, of `connections`, to go over to now; none: stay.
  std::optional<size_t> Next(absl::Duration now, bool has_session, size_t connections) {
    if (has_session) {
      since_ = now;
      lost_ = false;
      return std::nullopt;
    }
    if (connections < 2 || !IsDue(now)) return std::nullopt;
    since_ = now;
    lost_ = true;
    current_ = (current_ + 1) % connections;
    return current_;
  }

 private:
  absl::Duration Patience() const { return lost_ ? std::min(after_, kTryFor) : after_; }

  absl::Duration after_;
  absl::Duration since_;  // a session, or the last change of connection
  bool lost_ = false;     // none since the last change
  size_t current_ = 0;
};

}  // namespace godwit::agent
