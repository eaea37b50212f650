#include "agent/sampling/tick_schedule.h"

#include "agent/limits.h"
#include "base/check.h"

namespace godwit::agent {
namespace {

// Which multiple of `interval` is nearest.
int64_t NearestMultiple(absl::Duration since_epoch, absl::Duration interval) {
  absl::Duration rest;
  return absl::IDivDuration(since_epoch + interval / 2, interval, &rest);
}

// What is left to the next multiple of `interval`; zero on a multiple.
absl::Duration UntilMultiple(absl::Duration since_epoch, absl::Duration interval) {
  const absl::Duration rest = since_epoch - absl::Floor(since_epoch, interval);
  return rest == absl::ZeroDuration() ? rest : interval - rest;
}

}  // namespace

TickSchedule::TickSchedule(absl::Duration interval, const ClockReading& now) : interval_(interval) {
  // Settings, pushed ones too, and the command `live` have a least interval.
  GODWIT_CHECK(interval > absl::ZeroDuration());
  const absl::Duration grid = now.wall_synchronised ? now.wall - absl::UnixEpoch() : now.boot;
  next_ = {.number = 1, .due = now.boot + UntilMultiple(grid, interval)};
  Align(now);
}

void TickSchedule::Advance(const ClockReading& now) {
  ++next_.number;
  next_.due += interval_;
  Align(now);
}

// Without it the first tick behind a step would have the time of the old clock in a batch of the
// new one: wrong by the whole step.
void TickSchedule::Follow(const ClockReading& now) {
  const absl::Time time = now.wall + (next_.due - now.boot);
  const bool stepped = absl::AbsDuration(time - next_.time) >= kClockStepMin;
  if (!stepped && planned_synchronised_ == now.wall_synchronised) return;
  const absl::Duration planned = next_.due;
  Align(now);
  if (next_.due >= planned) return;
  // Pulled forward it would count as late.
  next_.due += interval_;
  next_.time += interval_;
  ++next_.slot;
}

void TickSchedule::SkipMissed(const ClockReading& now) {
  Follow(now);
  while (now.boot - next_.due > kTickLatenessMax) {
    ++missed_;
    Advance(now);
  }
}

// Pulls the due time onto the wall clock's grid, by at most half an interval: a step of the wall
// clock moves ticks by less than one, and slewing is followed.
void TickSchedule::Align(const ClockReading& now) {
  next_.time = now.wall + (next_.due - now.boot);
  planned_synchronised_ = now.wall_synchronised;
  if (!now.wall_synchronised) {
    next_.slot = NearestMultiple(next_.due, interval_);
    return;
  }
  const absl::Duration since_epoch = next_.time - absl::UnixEpoch();
  const absl::Duration below = since_epoch - absl::Floor(since_epoch, interval_);
  const absl::Duration shift = below > interval_ / 2 ? interval_ - below : -below;
  next_.due += shift;
  next_.time += shift;
  next_.slot = NearestMultiple(next_.time - absl::UnixEpoch(), interval_);
}

}  // namespace godwit::agent
