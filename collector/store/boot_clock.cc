#include "collector/store/boot_clock.h"

#include <limits>

#include "collector/limits.h"

namespace godwit::collector {
namespace {

int64_t Saturated(bool negative) {
  return negative ? std::numeric_limits<int64_t>::min() : std::numeric_limits<int64_t>::max();
}

bool WithinNs(int64_t a, int64_t b, int64_t distance) {
  const int64_t difference = SubtractSaturated(a, b);
  return difference <= distance && difference >= -distance;
}

}  // namespace

int64_t AddSaturated(int64_t a, int64_t b) {
  int64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? Saturated(b < 0) : sum;
}

int64_t SubtractSaturated(int64_t a, int64_t b) {
  int64_t difference = 0;
  return __builtin_sub_overflow(a, b, &difference) ? Saturated(b > 0) : difference;
}

uint64_t SumSaturated(uint64_t a, uint64_t b) {
  constexpr uint64_t kMax = std::numeric_limits<int64_t>::max();
  return a >= kMax || b >= kMax - a ? kMax : a + b;
}

bool BootClock::Learn(const DeviceFacts& device, int64_t now_unix_ns) {
  if (device.wall_synchronised) {
    return Learn(BatchClock{device.boot_id,
                            SubtractSaturated(device.wall_unix_ns, device.boot_time_ns), true});
  }
  if (offset_ns && uncertainty_ns == 0) return false;
  const int64_t estimate = SubtractSaturated(now_unix_ns, device.boot_time_ns);
  // The call that travelled least is the nearest; one far from all before it says that the
  // collector's own clock has been corrected.
  if (offset_ns && WithinNs(estimate, *offset_ns, uncertainty_ns) && estimate >= *offset_ns) {
    return false;
  }
  offset_ns = estimate;
  uncertainty_ns = absl::ToInt64Nanoseconds(kOpenSessionAgeMax);
  return true;
}

bool BootClock::Learn(const BatchClock& clock) {
  if (!clock.synchronised || (offset_ns && uncertainty_ns == 0)) return false;
  offset_ns = clock.wall_offset_ns;
  uncertainty_ns = 0;
  return true;
}

int64_t BootClock::ShiftOf(const BatchClock& clock) const {
  if (clock.synchronised || !offset_ns) return 0;
  if (WithinNs(*offset_ns, clock.wall_offset_ns, uncertainty_ns)) return 0;
  return SubtractSaturated(*offset_ns, clock.wall_offset_ns);
}

TimeQuality BootClock::QualityOf(const BatchClock& clock) const {
  if (clock.synchronised || (offset_ns && uncertainty_ns == 0)) return TimeQuality::kExact;
  return offset_ns ? TimeQuality::kEstimated : TimeQuality::kUnknown;
}

}  // namespace godwit::collector
