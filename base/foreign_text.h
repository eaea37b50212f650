// Makes text from outside safe to repeat: a peer's status message or reason, an operator's name,
// the output of a sensor or a program.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/hidden_text.h"
#include "base/text.h"

namespace godwit {

// The largest size of a foreign text in bytes. A longer text is cut and ends with "…".
inline constexpr size_t kForeignTextBytesMax = 1024;

// Returns the text as one clean line (CleanLine) in which expanded settings are hidden, because a
// program may print its arguments. They are hidden before the text is cut: half a secret would not
// be recognised.
inline std::string ForeignText(std::string_view text, size_t bytes_max = kForeignTextBytesMax) {
  return CleanLine(WithHiddenTexts(text), bytes_max);
}

}  // namespace godwit
