// What strangers say, where this program repeats it: a peer's status message or reason, an
// operator's name, what a sensor or a program prints.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/hidden_text.h"
#include "base/text.h"

namespace godwit {

// More is cut off, and the text then ends with "…".
inline constexpr size_t kForeignTextBytesMax = 1024;

// Returns one clean line of it (CleanLine), in which expanded settings are hidden: a program may
// print what it was given. Hidden before it is cut: half a secret would not be recognised.
inline std::string ForeignText(std::string_view text, size_t bytes_max = kForeignTextBytesMax) {
  return CleanLine(WithHiddenTexts(text), bytes_max);
}

}  // namespace godwit
