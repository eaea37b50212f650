// Defines the bytes that describe a column. They are in the streams kModes and kParameters
// (codec/streams.h). docs/batch-format.md, "Columns", explains them.
#pragma once

#include <cstdint>

namespace godwit {

// How integers are written. The numbers are part of the format.
enum class Coding : uint8_t {
  kZero = 0,      // all are zero
  kConstant = 1,  // all are the same
  kSparse = 2,    // most residuals are zero: gaps and events
  kDense = 3,     // a symbol for each residual
  kCopy = 4,      // the integers of an earlier column, divided by one number, times another
};

// The first byte of a column, the mode, in kModes: form | coding << kCodingShift, and kHasExtras if
// there is a second byte.
inline constexpr uint8_t kFormMask = 7;
inline constexpr unsigned kCodingShift = 3;
inline constexpr uint8_t kCodingMask = 7;
inline constexpr uint8_t kHasExtras = 0x40;
inline constexpr uint8_t kModeMax = 0x7f;

// The second byte of a column, the extras, in kParameters: a sum of these.
inline constexpr uint8_t kOwnNulls = 1;     // the lengths of runs of values and of nulls follow
inline constexpr uint8_t kSharedNulls = 2;  // nulls as in the block's last column with kOwnNulls
inline constexpr uint8_t kDivided = 4;      // a divisor follows, by which integers were divided
inline constexpr uint8_t kPatched = 8;      // values follow that replace those of the integers
inline constexpr uint8_t kWithStates = 16;  // the names of the column's states follow
inline constexpr uint8_t kExtrasMask = 31;

// The byte before residuals, in kParameters: predictor | size << kSizeShift. The size, the usual
// length of the residuals, selects the stream of their symbols: one of four for kDense, of two for
// kSparse. For the largest size a byte with a shift follows, at most kShiftMax.
inline constexpr uint8_t kPredictorMask = 7;
inline constexpr unsigned kSizeShift = 3;
inline constexpr uint8_t kDenseWideSize = 3;   // the largest size for kDense
inline constexpr uint8_t kWideEventsSize = 1;  // the largest size for kSparse
inline constexpr uint8_t kShiftMax = 60;

}  // namespace godwit
