#include "agent/sensors/source_sensor.h"

#include <charconv>
#include <cmath>

#include "agent/sensors/text_scan.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// Between two searches when nothing has failed.
constexpr int64_t kSearchPeriodNs = 60'000'000'000;
constexpr size_t kSourcesMax = 512;
constexpr size_t kStateTextMax = 64;

StatusOr<Value> NumberIn(std::string_view text, double scale) {
  std::string_view word;
  int64_t integer = 0;
  double number = 0;
  if (!TakeWord(text, word)) return Error(StatusCode::kDataLoss, "is empty");
  if (word.starts_with('+')) word.remove_prefix(1);
  if (ParseNumber(word, integer)) {
    if (scale == 1) return Value(integer);
    return Value(Scaled(static_cast<double>(integer), scale));
  }
  // A unit may be right behind it: "45.2C".
  if (std::from_chars(word.data(), word.data() + word.size(), number).ec != std::errc{}) {
    return Error(StatusCode::kDataLoss, "does not begin with a number");
  }
  return Value(Scaled(number, scale));
}

StatusOr<Value> HexadecimalIn(std::string_view text, size_t at, double scale) {
  std::string_view word;
  for (size_t i = 0; i <= at; ++i) {
    if (!TakeWord(text, word)) return Error(StatusCode::kDataLoss, "has too few words");
  }
  if (word.starts_with("0x")) word.remove_prefix(2);
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number, 16);
  if (error != std::errc{} || end != word.data() + word.size()) {
    return Error(StatusCode::kDataLoss, "has no hexadecimal number there");
  }
  return Value(Scaled(number, scale));
}

std::string_view Line(std::string_view text) {
  std::string_view line = text.substr(0, text.find('\n'));
  while (line.ends_with(' ') || line.ends_with('\0')) line.remove_suffix(1);
  return line;
}

StatusOr<Value> ValueIn(const Source& source, std::string_view text) {
  switch (source.form) {
    case SourceForm::kNumber:
      return NumberIn(text, source.scale);
    case SourceForm::kHexadecimal:
      return HexadecimalIn(text, source.word, source.scale);
    case SourceForm::kText:
      return Value(std::string(Line(text).substr(0, kStateTextMax)));
  }
  return Value();
}

class SourceSensor final : public Sensor {
 public:
  SourceSensor(SensorInput& input, FindSources find, Attributes attributes)
      : input_(input), find_(std::move(find)), attributes_(std::move(attributes)) {}

  const std::vector<Table>& groups() const override { return groups_; }
  uint64_t layout() const override { return layout_; }

  Status Read(const Tick& tick, Readings& readings) override {
    const bool due = std::abs(tick.time_unix_ns - searched_ns_) >= kSearchPeriodNs;
    if (layout_ == 0 || due || failed_) Search(tick);
    failed_ = false;
    Status first = absl::OkStatus();
    std::vector<Value>& values = readings[0];
    values.assign(open_.size(), Value{});
    for (size_t i = 0; i < open_.size(); ++i) {
      auto value = ReadOne(open_[i]);
      if (value.ok()) {
        values[i] = *std::move(value);
      } else {
        failed_ = true;
        if (first.ok()) first = value.status();
      }
    }
    return first;
  }

 private:
  struct OpenSource {
    Source source;
    std::unique_ptr<SensorFile> file;
  };

  // Keeps the files of sources that are still there.
  void Search(const Tick& tick) {
    searched_ns_ = tick.time_unix_ns;
    std::vector<Source> found = find_(input_);
    if (found.size() > kSourcesMax) found.resize(kSourcesMax);
    bool same = layout_ != 0 && found.size() == open_.size();
    for (size_t i = 0; same && i < found.size(); ++i) {
      same = found[i].path == open_[i].source.path && found[i].series == open_[i].source.series;
    }
    if (same) return;
    open_.clear();
    groups_[0].series.clear();
    for (Source& source : found) {
      Series series = source.series;
      series.attributes.insert(attributes_.begin(), attributes_.end());
      groups_[0].series.push_back(std::move(series));
      open_.push_back({.source = std::move(source)});
    }
    ++layout_;
  }

  StatusOr<Value> ReadOne(OpenSource& open) {
    if (open.file == nullptr) {
      GODWIT_ASSIGN_OR_RETURN(open.file, input_.Open(open.source.path));
    }
    const auto text = open.file->Read();
    if (!text.ok()) {
      open.file = nullptr;
      return text.status();
    }
    auto value = ValueIn(open.source, *text);
    if (!value.ok()) {
      return Error(value.status().code(), Cat(open.source.path, " ", Message(value.status())));
    }
    return value;
  }

  SensorInput& input_;
  FindSources find_;
  Attributes attributes_;
  std::vector<OpenSource> open_;
  std::vector<Table> groups_ = std::vector<Table>(1);
  uint64_t layout_ = 0;  // 0: nothing was searched for yet
  int64_t searched_ns_ = 0;
  bool failed_ = false;  // in the last reading
};

}  // namespace

double Scaled(double value, double scale) {
  if (scale == 1) return value;
  const double divisor = std::round(1 / scale);
  if (std::abs(scale) < 1 && 1 / divisor == scale) return value / divisor;
  return value * scale;
}

std::string FirstLine(SensorInput& input, const std::string& path) {
  const auto file = input.Open(path);
  if (!file.ok()) return "";
  const auto text = (*file)->Read();
  return text.ok() ? std::string(Line(*text).substr(0, kStateTextMax)) : "";
}

std::unique_ptr<Sensor> MakeSourceSensor(SensorInput& input, FindSources find,
                                         Attributes attributes) {
  return std::make_unique<SourceSensor>(input, std::move(find), std::move(attributes));
}

}  // namespace godwit::agent
