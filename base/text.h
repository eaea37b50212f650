// Cat: joins strings and numbers into one string. (absl::StrCat takes absl's own string_view, which
// is a different type from std::string_view in Debian's packages.)
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

// Lower-case hexadecimal, two digits a byte.
std::string Hex(std::string_view bytes);
// 16 digits, most significant first: the spelling of run ids in file names and logs.
std::string Hex(uint64_t value);

// Whether it is UTF-8 without control characters: what is printed, logged and sent as text.
bool IsPlainUtf8(std::string_view text);
// At most so many bytes of it, and no half a character at the end.
std::string_view CutUtf8(std::string_view text, size_t bytes_max);
// Lines of somebody else's that end on a terminal or in a log: a line that is no plain text is
// replaced by words that say so.
std::string PlainLines(std::string_view text);

// Returns a stranger's text as one line of at most `bytes_max` bytes that is safe to log and to
// print: control characters (C0 other than tab, DEL, C1), line and paragraph separators and marks
// of writing direction are shown as escapes (\n, \x1b, \u202e), and so is each byte that is not
// UTF-8. A text that was cut ends with "…".
std::string CleanLine(std::string_view text, size_t bytes_max);
// Returns the same for a text of several lines: its line ends stay.
std::string CleanLines(std::string_view text, size_t bytes_max);

}  // namespace godwit
