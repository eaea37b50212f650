// Computes when the next tick of an interval is due. Pure: clocks are arguments.
//
// Ticks are counted on the boot clock. While the wall clock is synchronised they are moved onto its
// grid (multiples of the interval since 1970), so that a series' times are round and equal on all
// devices. Otherwise they keep their distance on the boot clock, and their time is only as good as
// the wall clock. A tick more than kTickLatenessMax late is missed: counted, never made up.
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
  // The point of the grid: of the wall clock's while that is synchronised, else of the boot
  // clock's.
  int64_t slot = 0;
};

// Thread-compatible.
class TickSchedule {
 public:
  // The first tick is due at the next point of the grid.
  TickSchedule(absl::Duration interval, const ClockReading& now);

  const ScheduledTick& next() const { return next_; }
  uint64_t missed() const { return missed_; }

  // Advances to the tick after the one that was taken.
  void Advance(const ClockReading& now);
  // Prepares a tick before it is taken: adjusts to a wall clock that was stepped or synchronised
  // since the tick was planned, and skips ticks that are too late.
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
