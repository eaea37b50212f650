// The output of a command travels as UTF-8 text or, if that is long, as a zstd frame of it.
#pragma once

#include <string_view>

namespace godwit {

// Returns whether the output is a zstd frame: it starts with 28 B5 2F FD, and no UTF-8 text does
// (RFC 8878, 3.1.1).
inline bool IsPackedOutput(std::string_view output) {
  return output.starts_with("\x28\xb5\x2f\xfd");
}

}  // namespace godwit
