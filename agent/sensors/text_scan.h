// Scans words, numbers and lines of the input of sensors: the kernel's text files, programs'
// output. All of it is untrusted: missing input yields false, never a guess.
#pragma once

#include <charconv>
#include <string_view>
#include <system_error>
#include <type_traits>

#include "codec/value.h"

namespace godwit::agent {

// Returns the text without the byte order mark (U+FEFF in UTF-8) that some editors put in front.
std::string_view WithoutByteOrderMark(std::string_view text);

// Removes the next word (separated by white space) from `text`; returns false at the end.
bool TakeWord(std::string_view& text, std::string_view& word);
// Removes the next line, without its end; returns false at the end.
bool TakeLine(std::string_view& text, std::string_view& line);

// Returns whether a number without its plus sign starts as a decimal one does: "inf" and "nan" do
// not.
inline bool BeginsDecimal(std::string_view word) {
  if (word.starts_with('-')) word.remove_prefix(1);
  return !word.empty() && ((word[0] >= '0' && word[0] <= '9') || word[0] == '.');
}

// Reads the whole word as a decimal number: an optional sign and digits; of a floating-point number
// also a point and an exponent. False for anything else, such as "0x10", "21,5", "12:34", "inf" and
// "nan", and for a number that `T` cannot hold. The one parser of numbers of every sensor.
template <typename T>
bool ParseNumber(std::string_view word, T& number) {
  if (word.starts_with('+')) {
    word.remove_prefix(1);
    if (word.starts_with('-')) return false;
  }
  if constexpr (std::is_floating_point_v<T>) {
    if (!BeginsDecimal(word)) return false;
  }
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc{} && end == word.data() + word.size();
}

// Does the same for an integer if it fits int64, else a double.
bool ParseNumber(std::string_view word, Value& number);

// Returns whether a word means infinity or not a number, in any case: "inf", "-Infinity", "NaN",
// "nan(0x1)".
bool IsNotFinite(std::string_view word);

// Removes the next word from `text`, which must be a number.
template <typename T>
bool TakeNumber(std::string_view& text, T& number) {
  std::string_view word;
  return TakeWord(text, word) && ParseNumber(word, number);
}

// Removes as many numbers as there are; returns false if one is missing.
template <typename Numbers>
bool TakeNumbers(std::string_view& text, Numbers& numbers) {
  for (auto& number : numbers) {
    if (!TakeNumber(text, number)) return false;
  }
  return true;
}

}  // namespace godwit::agent
