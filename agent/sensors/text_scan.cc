#include "agent/sensors/text_scan.h"

#include <cmath>
#include <cstdint>

namespace godwit::agent {
namespace {

constexpr std::string_view kWhiteSpace = " \t\n\r\v\f";

}  // namespace

std::string_view WithoutByteOrderMark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

bool TakeWord(std::string_view& text, std::string_view& word) {
  const size_t begin = text.find_first_not_of(kWhiteSpace);
  if (begin == std::string_view::npos) return false;
  text.remove_prefix(begin);
  word = text.substr(0, text.find_first_of(kWhiteSpace));
  text.remove_prefix(word.size());
  return true;
}

bool TakeLine(std::string_view& text, std::string_view& line) {
  if (text.empty()) return false;
  const size_t end = text.find('\n');
  line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return true;
}

bool ParseNumber(std::string_view word, Value& number) {
  int64_t integer = 0;
  double real = 0;
  if (ParseNumber(word, integer)) {
    number = integer;
  } else if (ParseNumber(word, real)) {
    number = real;
  } else {
    return false;
  }
  return true;
}

bool IsNotFinite(std::string_view word) {
  if (word.starts_with('+')) word.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc{} && end == word.data() + word.size() && !std::isfinite(number);
}

}  // namespace godwit::agent
