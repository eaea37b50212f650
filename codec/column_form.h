// A column's values as integers, which is what the predictors work on: the form says which integers
// they are, so that every value comes back bit for bit. docs/batch-format.md, "Forms".
#pragma once

#include <cstdint>
#include <vector>

#include "codec/batch.h"

namespace godwit {

// The numbers are the format's.
enum class Form : uint8_t {
  kInteger = 0,  // an int64, itself
  kDecimal = 1,  // a double: the integer divided by a power of ten (IEEE 754, correctly rounded)
  kFloatDecimal = 2,  // the same, then rounded to a float: what a sensor's C code made of a decimal
  kDoubleBits = 3,    // a double: its 64 bits, in the order of the numbers
  kState = 4,         // a place in the column's dictionary
  kEmpty = 5,         // nothing but nulls
  kVerbatim = 6,      // a type and 64 bits each, as they are
};

// Above nine digits the bits themselves are as short, and chance hits become likely.
inline constexpr unsigned kDecimalExponentMax = 9;

// A value that is not of its column's form.
struct Patch {
  uint64_t place = 0;  // among the values that are not null
  Column::Type type = Column::kInt;
  uint64_t bits = 0;
};

// Scratch that keeps its memory from column to column.
struct FormedColumn {
  Form form = Form::kEmpty;
  unsigned exponent = 0;  // kDecimal and kFloatDecimal
  std::vector<uint64_t>
      integers;  // of the values that are not null; a patch repeats the one before
  std::vector<Patch> patches;
};

// The shortest form that fits all but a few values; `formed` is overwritten.
void FormColumn(const Column& column, FormedColumn& formed);

// The bits of the value that `integer` stands for, and their type.
Column::Type TypeOf(Form form);
uint64_t BitsOf(Form form, unsigned exponent, uint64_t integer);

}  // namespace godwit
