// What standard output is connected to, and how much it can show.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace godwit::cli {

struct Terminal {
  size_t width = 0;     // columns; 0: no bound
  bool colour = false;  // never where NO_COLOR is set (no-color.org), nor where it is no terminal

  // COLUMNS beats what the terminal says of itself.
  static Terminal Of(std::FILE* out);
};

enum class Tone { kPlain, kHeading, kGood, kBad };
// With the colour's codes around it, where there is one. Colour is never the only sign.
std::string Coloured(std::string_view text, Tone tone, bool colour);

// Columns that a terminal shows of UTF-8 text: one a code point is close enough for names.
size_t Width(std::string_view text);
// At most so many columns, the last an ellipsis when something was left out.
std::string Shortened(const std::string& text, size_t width);

}  // namespace godwit::cli
