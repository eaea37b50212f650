// A line of what a program prints, in one of two forms:
//
//   boiler.pressure 1.25
//   boiler.temperature{zone=2} 61.5
//   boiler.mode heating                                 (a word is a state)
//
//   {"name": "boiler.pressure", "value": 1.25, "unit": "bar", "kind": "gauge",
//    "attributes": {"zone": "2"}}
#pragma once

#include <string_view>

#include "base/status.h"
#include "codec/series.h"
#include "codec/value.h"

namespace godwit::agent {

struct NamedValue {
  Series series;
  Value value;  // null only of JSON
};

// kInvalidArgument says why it is none. Names, units and attributes are not checked further
// (CheckSeries).
[[nodiscard]] StatusOr<NamedValue> ParseTextLine(std::string_view line);
[[nodiscard]] StatusOr<NamedValue> ParseJsonLine(std::string_view line);

}  // namespace godwit::agent
