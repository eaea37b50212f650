// Turns a column's values into integers, on which the predictors work. The form says which integers
// they are, so that every value is restored bit for bit. docs/batch-format.md, "Forms".
#pragma once

#include <cstdint>
#include <vector>

#include "codec/batch.h"

namespace godwit {

// How values become integers. The numbers are part of the format.
enum class Form : uint8_t {
  kInteger = 0,  // an int64, itself
  kDecimal = 1,  // a double: the integer divided by a power of ten (IEEE 754, correctly rounded)
  kFloatDecimal = 2,  // the same, then rounded to a float: what a sensor's C code made of a decimal
  kDoubleBits = 3,    // a double: its 64 bits, all but the sign inverted if it is negative
  kState = 4,         // a place in the column's dictionary
  kEmpty = 5,         // nothing but nulls
  kVerbatim = 6,      // no integers: the encoder writes each type and its 64 bits as they are
};

// The largest decimal exponent of a form. With more digits the bits are as short, and doubles that
// are no decimals become likely to fit by chance.
inline constexpr unsigned kDecimalExponentMax = 9;

// A value that is not of its column's form.
struct Patch {
  uint64_t place = 0;  // among the values that are not null
  Column::Type type = Column::kInt;
  uint64_t bits = 0;
};

// A column as integers. It keeps its memory from column to column.
struct FormedColumn {
  Form form = Form::kEmpty;
  unsigned exponent = 0;  // kDecimal and kFloatDecimal
  // One for each value that is not null. At a patch it repeats the integer before (0 for the
  // first). Empty for kEmpty and kVerbatim.
  std::vector<uint64_t> integers;
  std::vector<Patch> patches;
};

// Finds the first form of the enum that fits all but at most one in eight of the values that are
// not null; the others become patches. kVerbatim if none does, kEmpty if there are only nulls.
// `formed` is overwritten.
void FormColumn(const Column& column, FormedColumn& formed);

// Return the type and the bits of the value that `integer` represents. Not for kEmpty and
// kVerbatim, which have no integers. `exponent` counts only for decimals.
Column::Type TypeOf(Form form);
uint64_t BitsOf(Form form, unsigned exponent, uint64_t integer);

}  // namespace godwit
