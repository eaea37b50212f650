// Parses a line of a program's output, in one of two forms:
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
  Value value;  // null only in JSON
};

// Parse a line. kInvalidArgument says why it is not valid. Names, units and attributes are not
// checked further (CheckSeries).
[[nodiscard]] StatusOr<NamedValue> ParseTextLine(std::string_view line);
[[nodiscard]] StatusOr<NamedValue> ParseJsonLine(std::string_view line);

}  // namespace godwit::agent
