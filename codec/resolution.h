// Rounds a value to the resolution that its series declares: the only loss of the codec.
#pragma once

#include <cstdint>

namespace godwit {

// The resolution of a series. It is made once: finding its decimals costs more than a rounding.
// Thread-compatible.
class Resolution {
 public:
  // 0: nothing is rounded.
  explicit Resolution(double resolution);

  // Returns the multiple of the resolution nearest to `value`, made so that a decimal resolution
  // gives decimals (which the codec keeps in few bits): the multiple as an integer, divided by a
  // power of ten. What is too large for that, or not a number at all (infinity, NaN), stays as it
  // is.
  double Rounded(double value) const;
  // The same of an integer, which stays one.
  int64_t Rounded(int64_t value) const;

 private:
  double step_ = 0;
  // step_ = units_ / scale_, where it is a decimal of at most nine digits after the point.
  double units_ = 0;
  double scale_ = 1;
};

}  // namespace godwit
