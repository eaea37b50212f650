#include "codec/series.h"

#include <fnmatch.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "codec/limits.h"

namespace godwit {

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kGauge:
      return "gauge";
    case Kind::kCounter:
      return "counter";
    case Kind::kUpDown:
      return "updown";
    case Kind::kState:
      return "state";
  }
  return "unknown";
}

std::string SeriesText(const Series& series) {
  if (series.attributes.empty()) return series.name;
  std::string out = series.name;
  char separator = '{';
  for (const auto& [key, value] : series.attributes) {
    out.push_back(separator);
    out.append(key).append("=").append(value);
    separator = ',';
  }
  out.push_back('}');
  return out;
}

bool ParseSeriesText(std::string_view text, Series& series) {
  const size_t brace = text.find('{');
  series.name = text.substr(0, brace);
  series.attributes.clear();
  if (brace == std::string_view::npos) return !series.name.empty();
  std::string_view rest = text.substr(brace + 1);
  if (series.name.empty() || !rest.ends_with('}')) return false;
  rest.remove_suffix(1);
  while (!rest.empty()) {
    const std::string_view pair = rest.substr(0, rest.find(','));
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos || equals == 0) return false;
    const auto [at, added] =
        series.attributes.emplace(pair.substr(0, equals), pair.substr(equals + 1));
    if (!added || pair.find_first_of("{}") != std::string_view::npos) return false;
    rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
  }
  return true;
}

Status CheckSeries(const Series& series) {
  const auto bad = [&](std::string_view what) {
    return Error(StatusCode::kInvalidArgument, Cat("series '", series.name, "': ", what));
  };
  if (series.name.empty()) return bad("the name is empty");
  if (series.name.size() > kSeriesNameBytesMax) {
    return bad(Cat("the name is longer than ", kSeriesNameBytesMax, " bytes"));
  }
  if (series.unit.size() > kSeriesUnitBytesMax) {
    return bad(Cat("the unit is longer than ", kSeriesUnitBytesMax, " bytes"));
  }
  if (!IsPlainUtf8(series.name) || !IsPlainUtf8(series.unit)) {
    return Error(StatusCode::kInvalidArgument, "a series whose name or unit is not plain UTF-8");
  }
  if (KindName(series.kind) == "unknown") return bad("the kind is unknown");
  if (series.attributes.size() > kSeriesAttributesMax) {
    return bad(Cat("more than ", kSeriesAttributesMax, " attributes"));
  }
  if (!(series.resolution >= 0) || std::isinf(series.resolution)) {
    return bad("the resolution is not a positive number");
  }
  for (const auto& [key, value] : series.attributes) {
    if (key.empty()) return bad("an attribute without a key");
    if (!IsPlainUtf8(key) || !IsPlainUtf8(value)) return bad("an attribute is not plain UTF-8");
    if (key.size() > kAttributeBytesMax || value.size() > kAttributeBytesMax) {
      return bad(Cat("an attribute longer than ", kAttributeBytesMax, " bytes"));
    }
  }
  return absl::OkStatus();
}

bool SeriesMatches(const Series& series, const std::string& pattern) {
  if (pattern.empty()) return true;
  const bool whole = pattern.find('{') != std::string::npos;
  const std::string text = whole ? SeriesText(series) : series.name;
  return fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

}  // namespace godwit
