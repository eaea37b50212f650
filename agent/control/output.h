// What a command has to say: a text, or a longer one as a zstd frame.
#pragma once

#include <string>

#include "agent/control/limits.h"
#include "base/packed_output.h"
#include "base/text.h"

namespace godwit::agent {

// At most kCommandOutputBytesMax of it. A frame is never longer: half of one is none.
inline std::string BoundedOutput(const std::string& output) {
  if (output.size() <= kCommandOutputBytesMax) return output;
  if (IsPackedOutput(output)) return "(too long)";
  return std::string(CutUtf8(output, kCommandOutputBytesMax));
}

// What is remembered of it once the collector has it.
inline std::string ReportedOutput(const std::string& output) {
  if (IsPackedOutput(output)) return "(reported earlier)";
  return std::string(CutUtf8(output, kReportedOutputBytesMax));
}

}  // namespace godwit::agent
