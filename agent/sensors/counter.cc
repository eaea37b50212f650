#include "agent/sensors/counter.h"

#include <algorithm>
#include <variant>

#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr auto kIntegerMax = static_cast<uint64_t>(INT64_MAX);

}  // namespace

Value ValueOf(Counter counter, uint64_t factor) {
  if (!counter) return {};
  if (*counter <= kIntegerMax / factor) return static_cast<int64_t>(*counter * factor);
  return static_cast<double>(*counter) * static_cast<double>(factor);
}

Value DifferenceOf(Counter a, Counter b, uint64_t factor) {
  if (!a || !b) return {};
  if (*a >= *b) return ValueOf(*a - *b, factor);
  const Value positive = ValueOf(*b - *a, factor);
  if (const auto* integer = std::get_if<int64_t>(&positive)) return -*integer;
  return -std::get<double>(positive);
}

Value SecondsOf(Counter counter, double per_second) {
  if (!counter) return {};
  return static_cast<double>(*counter) / per_second;
}

void NameMissing(const std::vector<Value>& values, size_t count, std::string_view file,
                 std::string_view row, Faults& faults) {
  const auto missing = std::count_if(
      values.end() - static_cast<std::ptrdiff_t>(count), values.end(),
      [](const Value& value) { return std::holds_alternative<std::monostate>(value); });
  if (missing == 0) return;
  faults.Add(Cat(file, row.empty() ? "" : ": ", row, ": ", missing, " of ", count,
                 " values are missing or not a number from 0 to 2^64-1"));
}

}  // namespace godwit::agent
