// Computes when the next tick of an interval is due. Pure: clocks are arguments.
//
// Ticks are counted on the boot clock. While the wall clock is synchronised they are moved onto its
// grid (multiples of the interval since 1970), so that a series' times are round and equal on all
// devices. Otherwise each tick is due one interval after the previous one on the boot clock, and
// its time is only as good as the wall clock. A tick that is more than kTickLatenessMax
// (agent/limits.h) late is missed: it is counted, but not made up for.
#pragma once

#include <cstdint>

#include "absl/time/time.h"

namespace godwit::agent {

// A reading of both clocks at the same moment.
struct ClockReading {
  absl::Duration boot;
  absl::Time wall;
  bool wall_synchronised = false;
};

struct ScheduledTick {
  uint64_t number = 0;  // 1, 2, 3 …, missed ones included
  absl::Duration due;   // on the boot clock
  absl::Time time;      // the same instant on the wall clock; round while that is synchronised
  // The index of the grid point (time divided by interval) that the tick is on, on the wall clock.
  // While that is not synchronised, the index of the nearest one on the boot clock.
  int64_t slot = 0;
};

// Thread-compatible.
class TickSchedule {
 public:
  // The first tick is due at the next grid point, of the wall clock or else of the boot clock.
  TickSchedule(absl::Duration interval, const ClockReading& now);

  const ScheduledTick& next() const { return next_; }
  uint64_t missed() const { return missed_; }

  // Advances to the next tick. Call it once next() has been taken.
  void Advance(const ClockReading& now);
  // Prepares next(). Call it before comparing its due time with the clock: adjusts to a wall clock
  // that was stepped or synchronised since the tick was planned, and skips ticks that are too late.
  void SkipMissed(const ClockReading& now);

 private:
  void Follow(const ClockReading& now);
  void Align(const ClockReading& now);

  absl::Duration interval_;
  ScheduledTick next_;
  bool planned_synchronised_ = false;  // whether next_.time is synchronised
  uint64_t missed_ = 0;
};

}  // namespace godwit::agent
