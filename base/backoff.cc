#include "base/backoff.h"

#include <algorithm>

namespace godwit {
namespace {

constexpr int kDoublingsMax = 30;  // 1 s doubled 30 times is 34 years: beyond any `max`

}  // namespace

absl::Duration UniformDuration(uint64_t random_bits, absl::Duration limit) {
  // 53 bits: exactly what a double holds, so the fraction is uniform in [0, 1).
  const double fraction = static_cast<double>(random_bits >> 11) * 0x1p-53;
  return limit * fraction;
}

absl::Duration Backoff::Next(uint64_t random_bits) {
  const absl::Duration doubled = options_.initial * (int64_t{1} << failures_);
  failures_ = std::min(failures_ + 1, kDoublingsMax);
  return UniformDuration(random_bits, std::min(doubled, options_.max));
}

}  // namespace godwit
