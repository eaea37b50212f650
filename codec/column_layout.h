// Defines the bytes that describe a column. docs/batch-format.md, "Columns".
#pragma once

#include <cstdint>

namespace godwit {

// How integers are written. The numbers are part of the format.
enum class Coding : uint8_t {
  kZero = 0,      // all are zero
  kConstant = 1,  // all are the same
  kSparse = 2,    // most residuals are zero: gaps and events
  kDense = 3,     // a symbol for each residual
  kCopy = 4,      // those of an earlier column, times a fraction
};

// The first byte of a column: form, coding << 3, and whether there is a second one.
inline constexpr uint8_t kFormMask = 7;
inline constexpr unsigned kCodingShift = 3;
inline constexpr uint8_t kCodingMask = 7;
inline constexpr uint8_t kHasExtras = 0x40;
inline constexpr uint8_t kModeMax = 0x7f;

// The second byte of a column, in kParameters.
inline constexpr uint8_t kOwnNulls = 1;  // runs of values and of nulls
inline constexpr uint8_t kSharedNulls =
    2;                                  // those of the last column of the block that has its own
inline constexpr uint8_t kDivided = 4;  // the integers were divided
inline constexpr uint8_t kPatched = 8;
inline constexpr uint8_t kWithStates = 16;
inline constexpr uint8_t kExtrasMask = 31;

// The byte before residuals: the predictor and the stream << 3. Wide streams have a shift in a byte
// of its own.
inline constexpr uint8_t kPredictorMask = 7;
inline constexpr unsigned kSizeShift = 3;
inline constexpr uint8_t kDenseWideSize = 3;   // of four sizes
inline constexpr uint8_t kWideEventsSize = 1;  // of two
inline constexpr uint8_t kShiftMax = 60;

}  // namespace godwit
