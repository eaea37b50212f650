// What a boot of a device is known to be worth in wall time, and so how batches are put right that
// were read while the device did not know the time (no clock chip: 1970). Pure.
//
// The device's own synchronised clock settles it. Until then the collector's clock estimates it,
// too late by at most a call's age. A device clock that agrees with the estimate that well is left
// as it is.
#pragma once

#include <cstdint>
#include <optional>

#include "collector/store/store.h"

namespace godwit::collector {

struct BootClock {
  std::optional<int64_t> offset_ns;  // wall clock minus boot clock
  int64_t uncertainty_ns = 0;        // 0: the device's own synchronised clock said it

  // From what the device says of its clocks, which the collector hears at `now`; whether it knows
  // better than before.
  bool Learn(const DeviceFacts& device, int64_t now_unix_ns);
  // From a batch that was read by a synchronised clock.
  bool Learn(const BatchClock& clock);

  // To be added to a batch's times.
  int64_t ShiftOf(const BatchClock& clock) const;
  TimeQuality QualityOf(const BatchClock& clock) const;
};

// Times come from devices: a sum that does not fit ends at the end of time.
int64_t AddSaturated(int64_t a, int64_t b);
int64_t SubtractSaturated(int64_t a, int64_t b);
// The same for what is counted: at most what SQLite's integers hold.
uint64_t SumSaturated(uint64_t a, uint64_t b);

}  // namespace godwit::collector
