#include "agent/sensors/source.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <system_error>
#include <utility>
#include <variant>

#include "agent/sensors/text_scan.h"
#include "base/foreign_text.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

constexpr size_t kStateTextMax = 64;
constexpr size_t kShownBytesMax = 60;

StatusOr<Value> NumberIn(std::string_view text, double scale) {
  // Some drivers print the zero behind their text too.
  text = WithoutByteOrderMark(text.substr(0, text.find('\0')));
  std::string_view word;
  Value number;
  if (!TakeWord(text, word)) return Error(StatusCode::kDataLoss, "is empty");
  const auto refused = [&](std::string_view why) {
    return Error(StatusCode::kDataLoss,
                 Cat("begins with '", ForeignText(word, kShownBytesMax), "', ", why));
  };
  if (!ParseNumber(word, number)) return refused("which is not a decimal number");
  if (scale == 1) return number;
  const auto* integer = std::get_if<int64_t>(&number);
  const double scaled =
      Scaled(integer != nullptr ? static_cast<double>(*integer) : std::get<double>(number), scale);
  if (!std::isfinite(scaled)) return refused("which is too large for its scale");
  return Value(scaled);
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

StatusOr<Value> StateIn(std::string_view text) {
  const std::string_view state = CutUtf8(Line(text), kStateTextMax);
  if (IsPlainUtf8(state)) return Value(std::string(state));
  return Error(StatusCode::kDataLoss,
               Cat("has '", ForeignText(state, kShownBytesMax), "', which is not plain UTF-8"));
}

}  // namespace

StatusOr<Value> ValueIn(const Source& source, std::string_view text) {
  switch (source.form) {
    case SourceForm::kNumber:
      return NumberIn(text, source.scale);
    case SourceForm::kHexadecimal:
      return HexadecimalIn(text, source.word, source.scale);
    case SourceForm::kText:
      return StateIn(text);
  }
  return Value();
}

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

SourceDevice::SourceDevice(SensorInput& input, std::vector<Source> sources)
    : input_(input), sources_(std::move(sources)), files_(sources_.size()) {}

std::vector<StatusOr<Value>> SourceDevice::Read() {
  std::vector<StatusOr<Value>> values;
  for (size_t i = 0; i < sources_.size(); ++i) values.push_back(ReadOne(i));
  return values;
}

StatusOr<Value> SourceDevice::ReadOne(size_t i) {
  const Source& source = sources_[i];
  std::unique_ptr<SensorFile>& file = files_[i];
  if (file == nullptr) {
    GODWIT_ASSIGN_OR_RETURN(file, input_.Open(source.path));
  }
  const auto text = file->Read();
  if (!text.ok()) {
    file = nullptr;
    return text.status();
  }
  auto value = ValueIn(source, *text);
  if (source.follow_name) file = nullptr;
  if (!value.ok()) {
    return Error(value.status().code(), Cat(source.path, " ", Message(value.status())));
  }
  return value;
}

}  // namespace godwit::agent
