// Formats text. Cat joins strings and numbers into one string. (absl::StrCat takes abseil's own
// string_view, which is not std::string_view in Debian's packages.)
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

namespace godwit {

inline void AppendText(std::string& out, std::string_view text) {
  out.append(text);
}
template <typename T>
requires std::is_arithmetic_v<T>
void AppendText(std::string& out, T number) {
  out.append(std::to_string(number));
}

template <typename... Parts>
std::string Cat(const Parts&... parts) {
  std::string out;
  (AppendText(out, parts), ...);
  return out;
}

// Returns lower-case hexadecimal, two digits a byte.
std::string Hex(std::string_view bytes);
// Returns 16 digits, most significant first: the form of run ids in file names and logs.
std::string Hex(uint64_t value);

// Returns whether the text is UTF-8 without control characters, as everything is that is printed,
// logged and sent as text.
bool IsPlainUtf8(std::string_view text);
// Returns at most `bytes_max` bytes of the text, without half a character at the end.
std::string_view CutUtf8(std::string_view text, size_t bytes_max);
// Returns foreign lines for a terminal or a log: words that say so replace each line that is not
// plain text.
std::string PlainLines(std::string_view text);

// Returns a foreign text as one line of at most `bytes_max` bytes that is safe to log and to print:
// control characters (C0 other than tab, DEL, C1), line and paragraph separators, marks of writing
// direction, and bytes that are not UTF-8 become escapes (\n, \x1b, \u202e). A text that was cut
// ends with "…".
std::string CleanLine(std::string_view text, size_t bytes_max);
// Returns the same for a text of several lines: line ends stay.
std::string CleanLines(std::string_view text, size_t bytes_max);

}  // namespace godwit
