// What a program prints, in one of two forms, a series a line:
//
//   boiler.pressure 1.25
//   boiler.temperature{zone=2} 61.5
//   boiler.mode heating                                 (a word is a state)
//
//   {"name": "boiler.pressure", "value": 1.25, "unit": "bar", "kind": "gauge",
//    "attributes": {"zone": "2"}}
//
// Lines that are neither are counted and named in the error; the others count all the same.
#include <cmath>
#include <nlohmann/json.hpp>

#include "agent/sensors/factories.h"
#include "agent/sensors/series_book.h"
#include "agent/sensors/text_scan.h"
#include "base/text.h"
#include "base/units.h"
#include "codec/limits.h"

namespace godwit::agent {
namespace {

constexpr size_t kOutputBytesMax = 64 * 1024;
constexpr size_t kShownBytesMax = 60;

using Json = nlohmann::json;

struct NamedValue {
  Series series;
  Value value;
};

// A number, or a word as a state.
bool ParseValue(std::string_view word, NamedValue& out) {
  int64_t integer = 0;
  double number = 0;
  if (ParseNumber(word, integer)) {
    out.value = integer;
  } else if (ParseNumber(word, number)) {
    out.value = number;
  } else {
    if (word.size() > kStateBytesMax) return false;
    out.value = std::string(word);
    out.series.kind = Kind::kState;
    out.series.unit.clear();
  }
  return true;
}

bool ParseLine(std::string_view line, NamedValue& out) {
  // A name's attributes may hold blanks; its end is the last brace, or the first blank.
  const size_t brace = line.find('{');
  const size_t blank = line.find_first_of(" \t");
  const size_t end = brace < blank ? line.rfind('}') + 1 : blank;
  if (end == 0 || end == std::string_view::npos) return false;
  std::string_view rest = line.substr(end);
  std::string_view word;
  std::string_view more;
  if (!TakeWord(rest, word) || TakeWord(rest, more)) return false;
  out.series.unit = "1";
  return ParseSeriesText(line.substr(0, end), out.series) && ParseValue(word, out);
}

bool KindNamed(const std::string& name, Kind& kind) {
  for (const Kind each : {Kind::kGauge, Kind::kCounter, Kind::kUpDown, Kind::kState}) {
    if (name != KindName(each)) continue;
    kind = each;
    return true;
  }
  return false;
}

bool ParseJsonValue(const Json& value, NamedValue& out) {
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
  } else if (value.is_string() && value.get_ref<const std::string&>().size() <= kStateBytesMax) {
    out.value = value.get<std::string>();
    out.series.kind = Kind::kState;
  } else {
    return value.is_null();
  }
  return true;
}

bool ParseJson(std::string_view line, NamedValue& out) {
  const Json object = Json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return false;
  const auto text = [&](const char* key, std::string& to) {
    const auto found = object.find(key);
    if (found == object.end()) return true;
    if (!found->is_string()) return false;
    to = found->get<std::string>();
    return true;
  };
  std::string kind = "gauge";
  out.series.unit = "1";
  if (!text("name", out.series.name) || !text("unit", out.series.unit) || !text("kind", kind) ||
      !KindNamed(kind, out.series.kind)) {
    return false;
  }
  const auto attributes = object.find("attributes");
  if (attributes != object.end()) {
    if (!attributes->is_object()) return false;
    for (const auto& [key, value] : attributes->items()) {
      if (!value.is_string()) return false;
      out.series.attributes.emplace(key, value.get<std::string>());
    }
  }
  const auto value = object.find("value");
  if (value == object.end() || !ParseJsonValue(*value, out)) return false;
  // A word is a state, and a state is a word.
  return (out.series.kind == Kind::kState) == std::holds_alternative<std::string>(out.value) ||
         out.value.index() == 0;
}

std::string Shown(std::string_view text) {
  std::string out;
  for (const char c : text.substr(0, kShownBytesMax)) {
    const bool plain = c >= ' ' && c <= '~';  // whatever else it is, it ends up in logs
    out.push_back(plain ? c : '?');
  }
  return out;
}

// What its ending says; OK for exit code 0.
Status EndingOf(const ProgramResult& result, absl::Duration deadline) {
  std::string_view said = result.error_output;
  while (said.ends_with('\n')) said.remove_suffix(1);
  const size_t line = said.rfind('\n');
  if (line != std::string_view::npos) said.remove_prefix(line + 1);
  const std::string tail = said.empty() ? "" : Cat(": ", Shown(said));
  switch (result.end) {
    case ProgramResult::End::kExited:
      if (result.code == 0) return absl::OkStatus();
      return Error(StatusCode::kInternal, Cat("ended with exit code ", result.code, tail));
    case ProgramResult::End::kSignalled:
      return Error(StatusCode::kInternal, Cat("was ended by signal ", result.code, tail));
    case ProgramResult::End::kDeadline:
      return Error(StatusCode::kInternal,
                   Cat("was ended: it ran longer than ", DurationText(deadline), tail));
    case ProgramResult::End::kFlooded:
      return Error(StatusCode::kInternal,
                   Cat("was ended: it printed more than ", SizeText(kOutputBytesMax)));
  }
  return absl::OkStatus();
}

class ExecSensor final : public Sensor {
 public:
  ExecSensor(const ExecOptions& options, ProgramRunner& runner)
      : request_{.command = options.command,
                 .environment = options.environment,
                 .deadline = options.deadline,
                 .output_bytes_max = kOutputBytesMax},
        runner_(runner),
        json_(options.json),
        book_(options.max_series, options.attributes) {}

  const std::vector<Table>& groups() const override { return groups_; }
  uint64_t layout() const override { return layout_; }
  uint64_t refused() const override { return book_.refused(); }

  Status Read(const Tick& tick, Readings& readings) override {
    GODWIT_ASSIGN_OR_RETURN(const ProgramResult result, runner_.Run(request_));
    // What it printed counts, however it ended; but not half a line.
    std::string_view output = result.output;
    const bool whole = result.end == ProgramResult::End::kExited;
    if (!whole) output = output.substr(0, output.rfind('\n') + 1);
    Status status = Take(output, tick.time_unix_ns);
    readings.resize(1);
    readings[0] = values_;
    readings[0].resize(groups_[0].series.size());
    if (const Status ending = EndingOf(result, request_.deadline); !ending.ok()) return ending;
    return status;
  }

 private:
  Status Take(std::string_view output, int64_t now_ns) {
    values_.assign(book_.size(), Value{});
    std::string_view line;
    std::string_view first_wrong;
    size_t wrong = 0;
    while (TakeLine(output, line)) {
      if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
      if (line.ends_with('\r')) line.remove_suffix(1);
      NamedValue named;
      if (json_ ? ParseJson(line, named) : ParseLine(line, named)) {
        Set(named);
      } else if (wrong++ == 0) {
        first_wrong = line;
      }
    }
    Settle(now_ns);
    if (wrong == 0) return absl::OkStatus();
    return Error(StatusCode::kInvalidArgument,
                 Cat("lines that cannot be read: ", wrong, "; the first: ", Shown(first_wrong)));
  }

  void Set(const NamedValue& named) {
    const auto number = book_.Number(named.series);
    if (!number) return;
    if (*number >= values_.size()) values_.resize(*number + 1);
    values_[*number] = named.value;
  }

  void Settle(int64_t now_ns) {
    if (!book_.Settle(now_ns)) return;
    std::vector<Value> moved(book_.size());
    for (size_t i = 0; i < std::min(values_.size(), book_.moved().size()); ++i) {
      if (book_.moved()[i]) moved[*book_.moved()[i]] = std::move(values_[i]);
    }
    values_ = std::move(moved);
    groups_[0] = book_.table();
    ++layout_;
  }

  const ProgramRequest request_;
  ProgramRunner& runner_;
  const bool json_;
  SeriesBook book_;
  std::vector<Value> values_;
  std::vector<Table> groups_ = std::vector<Table>(1);
  uint64_t layout_ = 1;
};

}  // namespace

std::unique_ptr<Sensor> MakeExecSensor(const ExecOptions& options, ProgramRunner& runner) {
  return std::make_unique<ExecSensor>(options, runner);
}

}  // namespace godwit::agent
