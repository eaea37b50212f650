// The program's own log as data: its last lines, and a tap for those that come. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"

namespace godwit {

struct LogLine {
  int64_t time_unix_ns = 0;
  LogLevel level = LogLevel::kInfo;
  std::string text;
};

// So many lines are kept, each of so many bytes at most: 16 KiB.
inline constexpr size_t kLogLinesKept = 64;
inline constexpr size_t kLogLineBytesMax = 256;

// The last that were printed, oldest first.
std::vector<LogLine> RecentLogLines();

// From now on called with every line of `level` or worse, printed or not, on the thread that logs
// it; with nothing, no more. Once this returns, the tap of before is not called any more. A tap
// must not log.
void TapLog(LogLevel level, std::function<void(const LogLine&)> tap);

// For the logging front alone: whether a tap wants lines of this level, and a line.
bool IsTapped(LogLevel level);
void NoteLogLine(LogLevel level, std::string_view text, bool printed);

}  // namespace godwit
