// Corrects the times of batches that were read while the device did not know the time (no clock
// chip: 1970), by the boot clock's known relation to wall time. Pure.
//
// The device's own synchronised clock decides. Until then the collector's clock is the estimate,
// too late by at most a call's age. A device clock that agrees with the estimate within that is not
// corrected.
#pragma once

#include <cstdint>
#include <optional>

#include "collector/store/store.h"

namespace godwit::collector {

struct BootClock {
  std::optional<int64_t> offset_ns;  // wall clock minus boot clock
  int64_t uncertainty_ns = 0;        // 0: the device's own synchronised clock said it

  // Learns from the device's clocks as received at `now`. Returns whether the relation is better
  // known than before.
  bool Learn(const DeviceFacts& device, int64_t now_unix_ns);
  // Learns from a batch that was read with a synchronised clock.
  bool Learn(const BatchClock& clock);

  // Returns the shift to add to a batch's times.
  int64_t ShiftOf(const BatchClock& clock) const;
  TimeQuality QualityOf(const BatchClock& clock) const;
};

// Add and subtract times, which come from devices: a result that does not fit becomes the nearest
// limit.
int64_t AddSaturated(int64_t a, int64_t b);
int64_t SubtractSaturated(int64_t a, int64_t b);
// Adds counts; the result is at most what SQLite's integers hold.
uint64_t SumSaturated(uint64_t a, uint64_t b);

}  // namespace godwit::collector
