#include "codec/column_form.h"

#include <array>
#include <bit>
#include <cmath>

#include "base/check.h"

namespace godwit {
namespace {

constexpr std::array<double, kDecimalExponentMax + 1> kPowersOfTen = {1e0, 1e1, 1e2, 1e3, 1e4,
                                                                      1e5, 1e6, 1e7, 1e8, 1e9};
// Integers up to here are doubles without loss.
constexpr double kExactIntegerMax = 9007199254740992.0;  // 2^53

// Negative numbers are counted down from the sign, so that neighbours stay neighbours. Its own
// inverse.
uint64_t Ordered(uint64_t bits) {
  return bits >> 63 == 0 ? bits : bits ^ 0x7fff'ffff'ffff'ffff;
}

double Divided(Form form, unsigned exponent, uint64_t integer) {
  const double quotient =
      static_cast<double>(static_cast<int64_t>(integer)) / kPowersOfTen[exponent];
  return form == Form::kFloatDecimal ? static_cast<double>(static_cast<float>(quotient)) : quotient;
}

// Whether the double is such a quotient. Not so -0.0, infinities and NaNs.
bool Divides(Form form, unsigned exponent, uint64_t bits, uint64_t& integer) {
  const double scaled = std::bit_cast<double>(bits) * kPowersOfTen[exponent];
  if (!(std::fabs(scaled) < kExactIntegerMax)) return false;
  // Ties do not matter: a neighbour would not divide back to the same double.
  integer = static_cast<uint64_t>(std::llrint(scaled));
  return std::bit_cast<uint64_t>(Divided(form, exponent, integer)) == bits;
}

// The smallest exponent from `from` on with which it is, or none.
bool FindExponent(Form form, unsigned from, uint64_t bits, unsigned& exponent, uint64_t& integer) {
  for (exponent = from; exponent <= kDecimalExponentMax; ++exponent) {
    if (Divides(form, exponent, bits, integer)) return true;
  }
  return false;
}

// A patch costs some ten bytes, a value without a form some six more than one with it.
size_t PatchesMax(size_t values) {
  return values / 8;
}

void AddPatch(FormedColumn& formed, Column::Type type, uint64_t bits) {
  const uint64_t before = formed.integers.empty() ? 0 : formed.integers.back();
  formed.patches.push_back({formed.integers.size(), type, bits});
  formed.integers.push_back(before);
}

// Calls `visit(type, bits)` for each value that is not null, until it says false.
template <typename Visit>
bool ForEachValue(const Column& column, Visit visit) {
  for (size_t i = 0; i < column.types.size(); ++i) {
    if (column.types[i] == Column::kNull) continue;
    if (!visit(static_cast<Column::Type>(column.types[i]), column.bits[i])) return false;
  }
  return true;
}

// All values of `type` through `integer_of(bits, integer)`; the others, and those it refuses, are
// patches. False when they are too many.
template <typename IntegerOf>
bool Fill(const Column& column, Column::Type type, size_t patches_max, FormedColumn& formed,
          IntegerOf integer_of) {
  formed.integers.clear();
  formed.patches.clear();
  return ForEachValue(column, [&](Column::Type value_type, uint64_t bits) {
    uint64_t integer = 0;
    if (value_type == type && integer_of(bits, integer)) {
      formed.integers.push_back(integer);
    } else {
      AddPatch(formed, value_type, bits);
    }
    return formed.patches.size() <= patches_max;
  });
}

// The largest of the smallest exponents, then everything once with that.
bool FillDecimal(const Column& column, Form form, size_t values, FormedColumn& formed) {
  unsigned exponent = 0;
  size_t refused = 0;
  const bool found = ForEachValue(column, [&](Column::Type type, uint64_t bits) {
    unsigned own = 0;
    uint64_t integer = 0;
    if (type == Column::kDouble && FindExponent(form, exponent, bits, own, integer)) {
      exponent = own;
    } else {
      ++refused;
    }
    return refused <= PatchesMax(values);
  });
  if (!found) return false;
  formed.form = form;
  formed.exponent = exponent;
  return Fill(
      column, Column::kDouble, PatchesMax(values), formed,
      [&](uint64_t bits, uint64_t& integer) { return Divides(form, exponent, bits, integer); });
}

bool FillPlain(const Column& column, Form form, size_t patches_max, FormedColumn& formed) {
  formed.form = form;
  formed.exponent = 0;
  return Fill(column, TypeOf(form), patches_max, formed, [&](uint64_t bits, uint64_t& integer) {
    integer = form == Form::kDoubleBits ? Ordered(bits) : bits;
    return true;
  });
}

}  // namespace

void FormColumn(const Column& column, FormedColumn& formed) {
  std::array<size_t, 4> counts{};
  for (const uint8_t type : column.types) ++counts[type];
  const size_t values = column.types.size() - counts[Column::kNull];
  formed.form = Form::kEmpty;
  formed.exponent = 0;
  formed.integers.clear();
  formed.patches.clear();
  if (values == 0) return;

  const size_t patches_max = PatchesMax(values);
  if (counts[Column::kInt] + patches_max >= values) {
    FillPlain(column, Form::kInteger, patches_max, formed);
  } else if (counts[Column::kState] + patches_max >= values) {
    FillPlain(column, Form::kState, patches_max, formed);
  } else if (counts[Column::kDouble] + patches_max >= values) {
    if (FillDecimal(column, Form::kDecimal, values, formed)) return;
    if (FillDecimal(column, Form::kFloatDecimal, values, formed)) return;
    FillPlain(column, Form::kDoubleBits, patches_max, formed);
  } else {
    formed.form = Form::kVerbatim;
  }
}

Column::Type TypeOf(Form form) {
  switch (form) {
    case Form::kInteger:
      return Column::kInt;
    case Form::kState:
      return Column::kState;
    default:
      return Column::kDouble;
  }
}

uint64_t BitsOf(Form form, unsigned exponent, uint64_t integer) {
  switch (form) {
    case Form::kDecimal:
    case Form::kFloatDecimal:
      return std::bit_cast<uint64_t>(Divided(form, exponent, integer));
    case Form::kDoubleBits:
      return Ordered(integer);
    default:
      return integer;
  }
}

}  // namespace godwit
