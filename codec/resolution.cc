#include "codec/resolution.h"

#include <cmath>
#include <cstdint>

namespace godwit {
namespace {

constexpr double kExactIntegerMax = 9007199254740992.0;  // 2^53
constexpr int kDigitsMax = 9;

}  // namespace

Resolution::Resolution(double resolution) {
  if (!(resolution > 0)) return;
  step_ = units_ = resolution;
  double scale = 1;
  for (int digits = 0; digits <= kDigitsMax; ++digits, scale *= 10) {
    const double units = std::nearbyint(resolution * scale);
    if (units / scale != resolution) continue;
    units_ = units;
    scale_ = scale;
    return;
  }
}

double Resolution::Rounded(double value) const {
  if (step_ == 0 || !std::isfinite(value)) return value;
  const double units = std::nearbyint(value / step_) * units_;
  return std::fabs(units) < kExactIntegerMax ? units / scale_ : value;
}

int64_t Resolution::Rounded(int64_t value) const {
  const auto exact = static_cast<double>(value);
  if (step_ < 1 || std::fabs(exact) >= kExactIntegerMax) return value;
  const double rounded = Rounded(exact);
  return rounded == std::nearbyint(rounded) ? static_cast<int64_t>(rounded) : value;
}

}  // namespace godwit
