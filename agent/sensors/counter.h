// Converts numbers that the kernel counts in 64 unsigned bits to values.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/sensors/faults.h"
#include "agent/sensors/text_scan.h"
#include "codec/value.h"

namespace godwit::agent {

// A counter; none: it is missing, or not a whole number from 0 to 2^64-1.
using Counter = std::optional<uint64_t>;

// Removes the next word from `text`, whatever it is, and returns it as a counter.
inline Counter TakeCounter(std::string_view& text) {
  uint64_t number = 0;
  return TakeNumber(text, number) ? Counter(number) : std::nullopt;
}

// Removes the next N words from `text`, whatever they are, and returns them as counters.
template <size_t N>
std::array<Counter, N> TakeCounters(std::string_view& text) {
  std::array<Counter, N> counters;
  for (Counter& counter : counters) counter = TakeCounter(text);
  return counters;
}

// Returns the number times `factor`: an integer up to 2^63-1, beyond it a double, which keeps 53
// bits of it. Null for none.
Value ValueOf(Counter counter, uint64_t factor = 1);
// Returns (a - b) times `factor`, which may be negative, in the same way. Null when one is missing.
Value DifferenceOf(Counter a, Counter b, uint64_t factor = 1);
// Returns the number divided by `per_second`, as seconds. Null for none.
Value SecondsOf(Counter counter, double per_second);

// Adds a fault when some of the last `count` values are null: "file: row: 2 of 8 values …", without
// the row when that is empty.
void NameMissing(const std::vector<Value>& values, size_t count, std::string_view file,
                 std::string_view row, Faults& faults);

}  // namespace godwit::agent
