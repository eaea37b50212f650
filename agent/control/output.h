// Bounds the output of commands: a text, or a longer one as a zstd frame.
#pragma once

#include <string>

#include "agent/control/limits.h"
#include "base/packed_output.h"
#include "base/text.h"

namespace godwit::agent {

// Returns at most kCommandOutputBytesMax of an output. A frame is never longer, and a cut one would
// be useless.
inline std::string BoundedOutput(const std::string& output) {
  if (output.size() <= kCommandOutputBytesMax) return output;
  if (IsPackedOutput(output)) return "(too long)";
  return std::string(CutUtf8(output, kCommandOutputBytesMax));
}

// Returns what remains of an output once the collector has it.
inline std::string ReportedOutput(const std::string& output) {
  if (IsPackedOutput(output)) return "(reported earlier)";
  return std::string(CutUtf8(output, kReportedOutputBytesMax));
}

}  // namespace godwit::agent
