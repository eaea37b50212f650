// Formats counts with their nouns, for sentences.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"

namespace godwit {

// Returns "1 tick", "2 ticks". `many` is the plural if it is not formed with an s.
inline std::string Counted(uint64_t count, std::string_view one, std::string_view many = {}) {
  if (count == 1) return Cat(count, " ", one);
  return many.empty() ? Cat(count, " ", one, "s") : Cat(count, " ", many);
}

}  // namespace godwit
