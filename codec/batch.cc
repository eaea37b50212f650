#include "codec/batch.h"

#include <algorithm>
#include <bit>
#include <variant>

namespace godwit {

Column::Type Column::Pack(const Value& value, uint64_t& word) {
  word = 0;
  if (const auto* integer = std::get_if<int64_t>(&value)) {
    word = static_cast<uint64_t>(*integer);
    return kInt;
  }
  if (const auto* number = std::get_if<double>(&value)) {
    word = std::bit_cast<uint64_t>(*number);
    return kDouble;
  }
  return kNull;
}

uint64_t Column::IndexOf(const std::string& state) {
  const auto found = std::find(states.begin(), states.end(), state);
  const auto index = static_cast<uint64_t>(found - states.begin());
  if (found == states.end()) states.push_back(state);
  return index;
}

void Column::Append(const Value& value) {
  const auto* state = std::get_if<std::string>(&value);
  uint64_t word = 0;
  types.push_back(state != nullptr ? kState : Pack(value, word));
  bits.push_back(state != nullptr ? IndexOf(*state) : word);
}

Value Column::At(size_t tick) const {
  switch (types[tick]) {
    case kInt:
      return static_cast<int64_t>(bits[tick]);
    case kDouble:
      return std::bit_cast<double>(bits[tick]);
    case kState:
      return states[bits[tick]];
    default:
      return std::monostate{};
  }
}

TimeSpan SpanOf(const Batch& batch) {
  TimeSpan span;
  bool first = true;
  for (const Block& block : batch.blocks) {
    if (block.ticks.empty()) continue;
    const int64_t begin = block.ticks.front().time_unix_ns;
    const int64_t end = block.ticks.back().time_unix_ns;
    span.first_unix_ns = first ? begin : std::min(span.first_unix_ns, begin);
    span.last_unix_ns = first ? end : std::max(span.last_unix_ns, end);
    first = false;
  }
  return span;
}

uint64_t SampleCount(const Batch& batch) {
  uint64_t count = 0;
  for (const Block& block : batch.blocks) {
    for (const Column& column : block.columns) {
      count +=
          static_cast<uint64_t>(std::count_if(column.types.begin(), column.types.end(),
                                              [](uint8_t type) { return type != Column::kNull; }));
    }
  }
  return count;
}

}  // namespace godwit
