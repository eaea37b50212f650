// Corrects the times of batches that were sampled while the device did not know the time (without a
// clock chip it starts in 1970), by the known offset of the wall clock from the boot clock. Pure.
//
// The offset comes from the device's own synchronised clock. Until that is known, it is estimated
// from the time at which the collector received a call. The estimate is too late by the time that
// the call travelled, at most kOpenSessionAgeMax. A device clock that differs from the estimate by
// no more than that is not corrected.
#pragma once

#include <cstdint>
#include <optional>

#include "collector/store/store.h"

namespace godwit::collector {

// The clock of one boot of a device.
struct BootClock {
  std::optional<int64_t> offset_ns;  // wall clock minus boot clock; none: not known
  int64_t uncertainty_ns = 0;        // 0: the offset is from the device's synchronised clock

  // Learns from the device's clocks as received at `now_unix_ns`. Returns whether the offset has
  // changed, or has become exact.
  bool Learn(const DeviceFacts& device, int64_t now_unix_ns);
  // Learns from the clock of a batch, if that was synchronised. Returns whether the offset has
  // become exact.
  bool Learn(const BatchClock& clock);

  // Returns the shift to add to a batch's times; 0 if its clock was synchronised, agrees with the
  // offset, or no offset is known.
  int64_t ShiftOf(const BatchClock& clock) const;
  // Returns the quality of a batch's times after the shift.
  TimeQuality QualityOf(const BatchClock& clock) const;
};

// Add and subtract times, which come from devices: a result that does not fit becomes the nearest
// limit.
int64_t AddSaturated(int64_t a, int64_t b);
int64_t SubtractSaturated(int64_t a, int64_t b);
// Adds counts; the result is at most 2^63-1, as SQLite's integers are.
uint64_t SumSaturated(uint64_t a, uint64_t b);

}  // namespace godwit::collector
