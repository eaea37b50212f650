#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "base/text.h"

namespace godwit::cli {
namespace {

bool Continues(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

const char* CodeOf(Tone tone) {
  switch (tone) {
    case Tone::kHeading:
      return "\x1b[1m";
    case Tone::kGood:
      return "\x1b[32m";
    case Tone::kBad:
      return "\x1b[31m";
    case Tone::kPlain:
      break;
  }
  return "";
}

}  // namespace

Terminal Terminal::Of(std::FILE* out) {
  Terminal terminal;
  if (isatty(fileno(out)) == 0) return terminal;
  const char* const no_colour = std::getenv("NO_COLOR");
  const char* const term = std::getenv("TERM");
  terminal.colour = (no_colour == nullptr || *no_colour == '\0') && term != nullptr &&
                    std::string_view(term) != "dumb";
  winsize size{};
  if (ioctl(fileno(out), TIOCGWINSZ, &size) == 0) terminal.width = size.ws_col;
  if (const char* const columns = std::getenv("COLUMNS")) {
    const long reported = std::strtol(columns, nullptr, 10);
    if (reported > 0) terminal.width = static_cast<size_t>(reported);
  }
  return terminal;
}

std::string Coloured(std::string_view text, Tone tone, bool colour) {
  if (!colour || tone == Tone::kPlain || text.empty()) return std::string(text);
  return Cat(CodeOf(tone), text, "\x1b[0m");
}

size_t Width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return !Continues(c); }));
}

std::string Shortened(const std::string& text, size_t width) {
  if (Width(text) <= width || width == 0) return text;
  size_t bytes = 0;
  for (size_t shown = 0; bytes < text.size(); ++bytes) {
    if (!Continues(text[bytes]) && shown++ == width - 1) break;
  }
  return text.substr(0, bytes) + "…";
}

}  // namespace godwit::cli
