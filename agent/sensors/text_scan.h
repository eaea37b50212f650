// Words, numbers and lines of the kernel's text files. Hostile all the same: whatever is not there
// is a false, never a guess.
#pragma once

#include <charconv>
#include <string_view>
#include <system_error>

namespace godwit::agent {

// Takes the next word (separated by blanks) off `text`; false at the end.
bool TakeWord(std::string_view& text, std::string_view& word);
// Takes the next line, without its end; false at the end.
bool TakeLine(std::string_view& text, std::string_view& line);

// The whole word as a number.
template <typename T>
bool ParseNumber(std::string_view word, T& number) {
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  return error == std::errc{} && end == word.data() + word.size();
}

// Takes the next word off `text`, which must be a number.
template <typename T>
bool TakeNumber(std::string_view& text, T& number) {
  std::string_view word;
  return TakeWord(text, word) && ParseNumber(word, number);
}

// Takes as many numbers as there are; false when one is missing.
template <typename Numbers>
bool TakeNumbers(std::string_view& text, Numbers& numbers) {
  for (auto& number : numbers) {
    if (!TakeNumber(text, number)) return false;
  }
  return true;
}

}  // namespace godwit::agent
