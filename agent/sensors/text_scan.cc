#include "agent/sensors/text_scan.h"

#include <cmath>
#include <cstdint>

namespace godwit::agent {
namespace {

bool IsWhiteSpace(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

}  // namespace

std::string_view WithoutByteOrderMark(std::string_view text) {
  constexpr std::string_view kMark = "\xef\xbb\xbf";
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  return text;
}

bool TakeWord(std::string_view& text, std::string_view& word) {
  size_t begin = 0;
  while (begin < text.size() && IsWhiteSpace(text[begin])) ++begin;
  size_t end = begin;
  while (end < text.size() && !IsWhiteSpace(text[end])) ++end;
  word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return !word.empty();
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
