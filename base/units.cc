#include "base/units.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <limits>
#include <system_error>

#include "base/text.h"

namespace godwit {
namespace {

struct SizeUnit {
  std::string_view name;
  ByteCount bytes;
};
// Largest first: formatting takes the first that divides.
constexpr std::array kSizeUnits = {SizeUnit{"TiB", 1ull << 40}, SizeUnit{"GiB", 1ull << 30},
                                   SizeUnit{"MiB", 1ull << 20}, SizeUnit{"KiB", 1ull << 10},
                                   SizeUnit{"B", 1}};

constexpr std::string_view kDigits = "0123456789";

// Splits a leading whole number off; false when there is none or it does not fit.
bool TakeNumber(std::string_view& text, uint64_t& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return true;
}

}  // namespace

StatusOr<absl::Duration> ParseDuration(std::string_view text) {
  const auto bad = [&] {
    return Error(StatusCode::kInvalidArgument,
                 Cat("'", text,
                     "' is not a duration; write a number and a unit, such as \"250ms\", "
                     "\"10s\", \"5m\", \"1h30m\" or \"7d\""));
  };
  // absl does not parse days.
  if (text.ends_with("d")) {
    std::string_view rest = text;
    uint64_t days = 0;
    if (!TakeNumber(rest, days) || rest != "d" || days > 36'500) return bad();
    return absl::Hours(24 * static_cast<int64_t>(days));
  }
  if (text.empty() || text.find_first_not_of(kDigits) == std::string_view::npos) return bad();
  absl::Duration duration;
  if (!absl::ParseDuration(absl::string_view(text.data(), text.size()), &duration)) return bad();
  if (duration < absl::ZeroDuration() || duration > absl::Hours(24 * 36'500)) return bad();
  return duration;
}

StatusOr<ByteCount> ParseSize(std::string_view text) {
  std::string_view rest = text;
  uint64_t number = 0;
  if (TakeNumber(rest, number)) {
    for (const SizeUnit& unit : kSizeUnits) {
      if (rest != unit.name) continue;
      if (number > std::numeric_limits<int64_t>::max() / unit.bytes) break;
      return number * unit.bytes;
    }
  }
  return Error(StatusCode::kInvalidArgument,
               Cat("'", text,
                   "' is not a size; write a whole number and a unit, such as \"64KiB\", "
                   "\"256MiB\" or \"50GiB\""));
}

StatusOr<double> ParsePercent(std::string_view text) {
  std::string_view rest = text;
  uint64_t number = 0;
  if (TakeNumber(rest, number) && rest == "%" && number < 100) {
    return static_cast<double>(number) / 100.0;
  }
  return Error(StatusCode::kInvalidArgument,
               Cat("'", text, "' is not a percentage below 100%; write for example \"5%\""));
}

std::string DurationText(absl::Duration duration) {
  const std::string text = absl::FormatDuration(duration);
  // absl writes "1h0m0s"; people write "1h".
  std::string out = text;
  if (out.size() > 3 && out.ends_with("m0s")) out.resize(out.size() - 2);
  if (out.size() > 3 && out.ends_with("h0m")) out.resize(out.size() - 2);
  return out;
}

std::string SizeText(ByteCount size) {
  for (const SizeUnit& unit : kSizeUnits) {
    if (size >= unit.bytes && size % unit.bytes == 0) return Cat(size / unit.bytes, unit.name);
  }
  return Cat(size, "B");
}

std::string RoundSizeText(ByteCount size) {
  constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto number = static_cast<double>(size);
  size_t unit = 0;
  for (; number >= 1024 && unit + 1 < kUnits.size(); ++unit) number /= 1024;
  char text[32];
  std::snprintf(text, sizeof(text), unit == 0 ? "%.0f %s" : "%.1f %s", number, kUnits[unit]);
  return text;
}

}  // namespace godwit
