#include "agent/sensors/exec_lines.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <utility>
#include <variant>

#include "agent/sensors/text_scan.h"
#include "base/text.h"
#include "codec/limits.h"

namespace godwit::agent {
namespace {

using Json = nlohmann::json;

Status Wrong(std::string_view why) {
  return Error(StatusCode::kInvalidArgument, why);
}

Status CheckState(std::string_view state) {
  if (state.size() > kStateBytesMax) {
    return Wrong(Cat("the state is longer than ", kStateBytesMax, " bytes"));
  }
  return IsPlainUtf8(state) ? absl::OkStatus() : Wrong("the state is not plain UTF-8");
}

// A number, or a word as a state. What C's printf makes of no number is neither.
Status ParseValue(std::string_view word, NamedValue& out) {
  if (ParseNumber(word, out.value)) return absl::OkStatus();
  if (IsNotFinite(word)) return Wrong("the value is not a finite number");
  GODWIT_RETURN_IF_ERROR(CheckState(word));
  out.value = std::string(word);
  out.series.kind = Kind::kState;
  out.series.unit.clear();
  return absl::OkStatus();
}

bool KindNamed(const std::string& name, Kind& kind) {
  for (const Kind each : {Kind::kGauge, Kind::kCounter, Kind::kUpDown, Kind::kState}) {
    if (name != KindName(each)) continue;
    kind = each;
    return true;
  }
  return false;
}

Status ParseJsonValue(const Json& value, NamedValue& out) {
  if (value.is_number_integer()) {
    // Beyond int64 it is a number with what digits a double has.
    if (value.is_number_unsigned() && value.get<uint64_t>() > INT64_MAX) {
      out.value = static_cast<double>(value.get<uint64_t>());
    } else {
      out.value = value.get<int64_t>();
    }
  } else if (value.is_number_float()) {
    out.value = value.get<double>();
  } else if (value.is_boolean()) {
    out.value = int64_t{value.get<bool>()};
  } else if (value.is_string()) {
    GODWIT_RETURN_IF_ERROR(CheckState(value.get_ref<const std::string&>()));
    out.value = value.get<std::string>();
    out.series.kind = Kind::kState;
  } else if (!value.is_null()) {
    return Wrong("the value is not a number, a word, true, false or null");
  }
  // A word is a state, and a state is a word.
  const bool state = std::holds_alternative<std::string>(out.value);
  if (value.is_null() || state == (out.series.kind == Kind::kState)) return absl::OkStatus();
  return Wrong("the value of a state is not a word");
}

Status ParseAttributes(const Json& object, Series& series) {
  const auto attributes = object.find("attributes");
  if (attributes == object.end()) return absl::OkStatus();
  if (!attributes->is_object()) return Wrong("the attributes are not an object");
  for (const auto& [key, value] : attributes->items()) {
    if (!value.is_string()) return Wrong("an attribute is not a string");
    series.attributes.emplace(key, value.get<std::string>());
  }
  return absl::OkStatus();
}

}  // namespace

StatusOr<NamedValue> ParseTextLine(std::string_view line) {
  // A name's attributes may hold blanks; its end is the last brace, or the first blank.
  const size_t brace = line.find('{');
  const size_t blank = line.find_first_of(" \t");
  const size_t end = brace < blank ? line.rfind('}') + 1 : blank;
  const auto none = [] { return Wrong("not a name and one value"); };
  if (end == 0 || end == std::string_view::npos) return none();
  std::string_view rest = line.substr(end);
  std::string_view word;
  std::string_view more;
  if (!TakeWord(rest, word) || TakeWord(rest, more)) return none();
  NamedValue out = {.series = {.unit = "1"}};
  if (!ParseSeriesText(line.substr(0, end), out.series)) return none();
  GODWIT_RETURN_IF_ERROR(ParseValue(word, out));
  return out;
}

StatusOr<NamedValue> ParseJsonLine(std::string_view line) {
  const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return Wrong("not a JSON object");
  NamedValue out = {.series = {.unit = "1"}};
  std::string kind = "gauge";
  for (const auto& [key, to] : {std::pair("name", &out.series.name),
                                std::pair("unit", &out.series.unit), std::pair("kind", &kind)}) {
    const auto found = object.find(key);
    if (found == object.end()) continue;
    if (!found->is_string()) return Wrong(Cat("the ", key, " is not a string"));
    *to = found->get<std::string>();
  }
  if (!KindNamed(kind, out.series.kind)) return Wrong("the kind is unknown");
  GODWIT_RETURN_IF_ERROR(ParseAttributes(object, out.series));
  const auto value = object.find("value");
  if (value == object.end()) return Wrong("no value");
  GODWIT_RETURN_IF_ERROR(ParseJsonValue(*value, out));
  return out;
}

}  // namespace godwit::agent
