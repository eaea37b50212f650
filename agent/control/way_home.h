// The way home: a device that has had no session for long tries, one after another, the connections
// it once had, for ever. Somewhere among them is one that an operator can reach it by.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>

#include "absl/time/time.h"

namespace godwit::agent {

// Loop-confined. Pure but for what it remembers.
class WayHome {
 public:
  // `now` by the boot clock. The first of the connections is in use.
  WayHome(absl::Duration after, absl::Duration now) : after_(after), since_(now) {}

  // How long a connection that is not the first is tried.
  static constexpr absl::Duration kTryFor = absl::Minutes(5);

  bool IsDue(absl::Duration now) const { return now - since_ >= Patience(); }

  // Of `connections`, the number of the one to go over to now, if any.
  std::optional<size_t> Look(absl::Duration now, bool has_session, size_t connections) {
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

  // The connections have changed: the first is in use.
  void Begin(absl::Duration after, absl::Duration now) { *this = WayHome(after, now); }

 private:
  absl::Duration Patience() const { return lost_ ? std::min(after_, kTryFor) : after_; }

  absl::Duration after_;
  absl::Duration since_;  // a session, or the last change of connection
  bool lost_ = false;     // none since the last change
  size_t current_ = 0;
};

}  // namespace godwit::agent
