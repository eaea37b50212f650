// Text of a device that ends on an operator's terminal: no line of it commands that. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "base/text.h"

namespace godwit::collector {

inline std::string PlainLines(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    out += IsPlainUtf8(line) ? line : "(a line that is no plain text)";
    if (end < text.size()) out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace godwit::collector
