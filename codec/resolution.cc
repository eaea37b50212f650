#include "codec/resolution.h"

#include <cmath>
#include <cstdint>
#include <variant>

namespace godwit {
namespace {

constexpr double kExactIntegerMax = 9007199254740992.0;  // 2^53
constexpr int kDigitsMax = 9;

// resolution = units / scale, where it is a decimal of at most nine digits after the point.
struct Fraction {
  double units = 0;
  double scale = 1;
};

Fraction FractionOf(double resolution) {
  Fraction fraction;
  for (int digits = 0; digits <= kDigitsMax; ++digits, fraction.scale *= 10) {
    fraction.units = std::nearbyint(resolution * fraction.scale);
    if (fraction.units / fraction.scale == resolution) return fraction;
  }
  return {.units = resolution, .scale = 1};
}

double Rounded(double value, double resolution) {
  const double steps = std::nearbyint(value / resolution);
  const Fraction fraction = FractionOf(resolution);
  const double units = steps * fraction.units;
  return std::fabs(units) < kExactIntegerMax ? units / fraction.scale : value;
}

}  // namespace

Value RoundedTo(Value value, double resolution) {
  if (!(resolution > 0)) return value;
  if (auto* number = std::get_if<double>(&value)) {
    if (std::isfinite(*number)) *number = Rounded(*number, resolution);
  } else if (auto* integer = std::get_if<int64_t>(&value)) {
    const auto exact = static_cast<double>(*integer);
    if (resolution < 1 || std::fabs(exact) >= kExactIntegerMax) return value;
    const double rounded = Rounded(exact, resolution);
    if (rounded == std::nearbyint(rounded)) *integer = static_cast<int64_t>(rounded);
  }
  return value;
}

}  // namespace godwit
