#include "agent/uplink/link_watch.h"

#include <algorithm>

#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {
namespace {

std::string SecondsText(absl::Duration duration) {
  return DurationText(absl::Floor(duration, absl::Seconds(1)));
}

}  // namespace

LinkWatch::Verdict LinkWatch::Check(const ConnectionCounters& counters, absl::Duration now) {
  const absl::Duration step =
      first_ ? absl::ZeroDuration() : std::min(now - last_check_, kChecksApartMax);
  watched_ += step;
  last_check_ = now;
  Verdict verdict;
  if (first_ || counters.received != last_.received) {
    heard_at_ = watched_;
    // Between two looks the order is not known; of their last data it is.
    sent_when_heard_ = counters.heard_last ? counters.acked + counters.queued : last_.acked;
    verdict.moved = true;
  }
  if (counters.acked != last_.acked) {
    acked_at_ = watched_;
    verdict.moved = true;
  }
  if (first_ || !counters.in_flight || counters.since_ack <= step) answered_at_ = watched_;
  first_ = false;
  last_ = counters;

  if (watched_ - answered_at_ >= idle_patience_) {
    verdict.dead =
        Cat("the other side has acknowledged nothing for ", SecondsText(watched_ - answered_at_));
    return verdict;
  }
  const uint64_t unheard = counters.acked + counters.queued - sent_when_heard_;
  const bool idle = unheard <= kPingBytesMax;
  const absl::Duration quiet_since = idle ? heard_at_ : std::max(heard_at_, acked_at_);
  const absl::Duration patience = idle ? idle_patience_ : std::max(kLinkPatience, idle_patience_);
  if (watched_ - quiet_since >= patience) {
    verdict.dead = Cat("the other side has been silent for ", SecondsText(watched_ - quiet_since));
    return verdict;
  }
  verdict.at_rest = !verdict.moved && !counters.in_flight && counters.queued == 0 &&
                    watched_ - heard_at_ + kRestMax <= keepalive_time_;
  return verdict;
}

}  // namespace godwit::agent
