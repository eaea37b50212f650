// Gives the program access to its own log: the last lines, and a tap for new ones. Thread-safe.
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

// The number of lines that are kept, and the most bytes of each: 16 KiB together.
inline constexpr size_t kLogLinesKept = 64;
inline constexpr size_t kLogLineBytesMax = 256;

// Returns the last printed lines, oldest first.
std::vector<LogLine> RecentLogLines();

// Calls `tap` for every line of `level` or worse from now on, printed or not, on the thread that
// logs it. An empty function ends that. The previous tap is not called any more once this returns.
// A tap must not log.
void TapLog(LogLevel level, std::function<void(const LogLine&)> tap);

// Returns whether a tap wants lines of this level; records a line. Only for base/log.cc.
bool IsTapped(LogLevel level);
void NoteLogLine(LogLevel level, std::string_view text, bool printed);

}  // namespace godwit
