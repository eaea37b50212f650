// A series: something that is measured. Its name, unit, kind and attributes together are its
// identity.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "base/status.h"

namespace godwit {

// The kind of a series, as in OpenTelemetry. The numbers are in tables on flash and in stores: they
// never change.
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
  // The step that values are rounded to before they are kept: the only loss, and the user's choice.
  // 0: every bit is kept. Not part of the identity.
  double resolution = 0;

  // Compares all members, so that a changed resolution is a change.
  friend bool operator==(const Series&, const Series&) = default;
  // Compares by identity, so that a series is found again when its resolution has changed.
  friend bool operator<(const Series& a, const Series& b) {
    return std::tie(a.name, a.unit, a.kind, a.attributes) <
           std::tie(b.name, b.unit, b.kind, b.attributes);
  }
};

// Returns "name{key=value,...}" with keys sorted; only the name if there are no attributes.
std::string SeriesText(const Series& series);

// Parses such a text into the name and the attributes of `series`; returns false if it is not
// valid. Does not restore every series: CheckSeries allows commas and braces in values, this does
// not.
bool ParseSeriesText(std::string_view text, Series& series);

// Checks the names, the kind, the resolution, and the bounds of codec/limits.h. kInvalidArgument
// says what is wrong.
[[nodiscard]] Status CheckSeries(const Series& series);

// Returns whether a shell-like pattern (fnmatch(3)) selects the series. The pattern is matched
// against the whole text if it has a '{', else against the name. An empty pattern selects all.
bool SeriesMatches(const Series& series, const std::string& pattern);

}  // namespace godwit
