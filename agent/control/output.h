// What a command has to say: a text, or a longer one as a zstd frame.
#pragma once

#include <string>
#include <string_view>

#include "agent/control/limits.h"
#include "base/text.h"

namespace godwit::agent {

// A frame begins with it, and no UTF-8 text does (RFC 8878, 3.1.1).
inline constexpr std::string_view kZstdMagic = "\x28\xb5\x2f\xfd";

// At most kCommandOutputBytesMax of it. A frame is never longer: half of one is none.
inline std::string BoundedOutput(const std::string& output) {
  if (output.size() <= kCommandOutputBytesMax) return output;
  if (output.starts_with(kZstdMagic)) return "(too long)";
  return std::string(CutUtf8(output, kCommandOutputBytesMax));
}

// What is remembered of it once the collector has it.
inline std::string ToldOutput(const std::string& output) {
  if (output.starts_with(kZstdMagic)) return "(told before)";
  return std::string(CutUtf8(output, kToldOutputBytesMax));
}

}  // namespace godwit::agent
