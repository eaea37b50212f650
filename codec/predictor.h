// Predicts a column's next integer from those before it. The residual is the difference. All
// arithmetic is modulo 2^64, so that it can be undone for any integers. docs/batch-format.md,
// "Predictors", has the formulas.
#pragma once

#include <cstdint>

namespace godwit {

// The predictors. The numbers are part of the format.
enum class Predictor : uint8_t {
  kLast = 0,    // the one before
  kLinear = 1,  // on the line through the two before
  kSlope = 2,   // the one before and a constant
  kMean2 = 3,   // a moving mean that takes in a half of each new one: noise around a level
  kMean4 = 4,   // a quarter
  kMean8 = 5,   // an eighth
  kTrend4 = 6,  // the one before and a moving mean of the steps: a counter under an uneven load
  kTrend16 = 7,
};
inline constexpr uint8_t kPredictorCount = 8;

// Divides by 2^shift and rounds to the nearest, ties up. For signed numbers in two's complement.
inline uint64_t RoundedShift(uint64_t value, unsigned shift) {
  const auto half = static_cast<int64_t>(value + (uint64_t{1} << (shift - 1)));
  return static_cast<uint64_t>(half >> shift);
}

// Predicts the previous integer. Each predictor is a class, made with the first integer (which is
// not predicted); then Next() and Learn(integer) are called in turn. Thread-compatible.
class LastPredictor {
 public:
  explicit LastPredictor(uint64_t first) : last_(first) {}
  uint64_t Next() const { return last_; }
  void Learn(uint64_t integer) { last_ = integer; }

 private:
  uint64_t last_;
};

// Thread-compatible.
class LinearPredictor {
 public:
  explicit LinearPredictor(uint64_t first) : last_(first) {}
  uint64_t Next() const { return last_ + step_; }
  void Learn(uint64_t integer) {
    step_ = integer - last_;
    last_ = integer;
  }

 private:
  uint64_t last_;
  uint64_t step_ = 0;
};

// Thread-compatible.
class SlopePredictor {
 public:
  SlopePredictor(uint64_t first, uint64_t slope) : last_(first), slope_(slope) {}
  uint64_t Next() const { return last_ + slope_; }
  void Learn(uint64_t integer) { last_ = integer; }

 private:
  uint64_t last_;
  uint64_t slope_;
};

// Predicts a moving mean, kept relative to the first integer and with eight fractional bits.
// Thread-compatible.
template <unsigned kShift>
class MeanPredictor {
 public:
  explicit MeanPredictor(uint64_t first) : first_(first) {}
  uint64_t Next() const { return first_ + RoundedShift(mean_, 8); }
  void Learn(uint64_t integer) {
    const uint64_t distance = ((integer - first_) << 8) - mean_;
    mean_ += static_cast<uint64_t>(static_cast<int64_t>(distance) >> kShift);
  }

 private:
  uint64_t first_;
  uint64_t mean_ = 0;
};

// Predicts the previous integer plus a moving mean of the steps; the first step counts in full.
// Thread-compatible.
template <unsigned kShift>
class TrendPredictor {
 public:
  explicit TrendPredictor(uint64_t first) : last_(first) {}
  uint64_t Next() const { return last_ + RoundedShift(step_, 8); }
  void Learn(uint64_t integer) {
    const uint64_t distance = ((integer - last_) << 8) - step_;
    step_ += fresh_ ? distance : static_cast<uint64_t>(static_cast<int64_t>(distance) >> kShift);
    fresh_ = false;
    last_ = integer;
  }

 private:
  uint64_t last_;
  uint64_t step_ = 0;
  bool fresh_ = true;
};

// Calls `use` with a new predictor of that class.
template <typename Use>
auto WithPredictor(Predictor predictor, uint64_t first, uint64_t slope, Use use) {
  switch (predictor) {
    case Predictor::kLast:
      return use(LastPredictor(first));
    case Predictor::kLinear:
      return use(LinearPredictor(first));
    case Predictor::kSlope:
      return use(SlopePredictor(first, slope));
    case Predictor::kMean2:
      return use(MeanPredictor<1>(first));
    case Predictor::kMean4:
      return use(MeanPredictor<2>(first));
    case Predictor::kMean8:
      return use(MeanPredictor<3>(first));
    case Predictor::kTrend4:
      return use(TrendPredictor<2>(first));
    case Predictor::kTrend16:
    default:
      return use(TrendPredictor<4>(first));
  }
}

}  // namespace godwit
