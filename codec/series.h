// A series: what is measured. Name, unit, kind and attributes together are its identity.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "base/status.h"

namespace godwit {

// As in OpenTelemetry. The numbers are in tables on flash and in stores: never change them.
enum class Kind : uint8_t {
  kGauge = 1,    // a reading
  kCounter = 2,  // only grows, starts again at a reset
  kUpDown = 3,   // a sum that may shrink
  kState = 4,    // one of a few names
};

std::string_view KindName(Kind kind);

struct Series {
  std::string name;  // OpenTelemetry's semantic conventions; ours begin with "godwit."
  std::string unit;  // UCUM: "By", "Cel", "s", "1", "{thread}"
  Kind kind = Kind::kGauge;
  std::map<std::string, std::string> attributes;
  // Values are rounded to multiples of it before they are kept: the one loss, and the user's
  // choice. 0: every bit is kept. No part of the identity.
  double resolution = 0;

  friend bool operator==(const Series&, const Series&) = default;
  // By identity, so that a series is found again when its resolution has changed.
  friend bool operator<(const Series& a, const Series& b) {
    return std::tie(a.name, a.unit, a.kind, a.attributes) <
           std::tie(b.name, b.unit, b.kind, b.attributes);
  }
};

// name{key=value,...}, keys sorted; just the name without attributes.
std::string SeriesText(const Series& series);

// The name and attributes of such a text; false when it is none. A value has no comma and no brace.
bool ParseSeriesText(std::string_view text, Series& series);

// Names and bounds of codec/limits.h.
[[nodiscard]] Status CheckSeries(const Series& series);

// Whether a shell-like pattern (fnmatch(3)) selects the series: matched against the whole text when
// the pattern has a '{', against the name otherwise. An empty pattern selects all.
bool SeriesMatches(const Series& series, const std::string& pattern);

}  // namespace godwit
