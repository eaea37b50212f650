// Writes log lines to standard error, one for each change of state: under systemd with the priority
// prefix that the journal understands (sd-daemon(3)), elsewhere with a time and a level.
// Thread-safe.
//
// A message may contain text from outside. Log makes it one line that cannot forge other lines or
// control a terminal (CleanLine, base/text.h), hides what settings took from the environment
// (base/hidden_text.h), cuts it at kLogMessageBytesMax, and limits the lines a minute of each place
// in the program (base/log_limiter.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace godwit {

// The severity of a log line. kOff is for simulations, in which everything fails all the time.
enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

// Parses "debug", "info", "warning" or "error"; returns false for any other text.
bool ParseLogLevel(std::string_view name, LogLevel& level);

// The largest size of a message in bytes. A longer one is cut and ends with "…".
inline constexpr size_t kLogMessageBytesMax = 1024;

// Starts the log. To be called once, first in main, before other threads exist. `program` starts
// each line.
void StartLog(std::string_view program, LogLevel level);

// Changes the level until ResetLogLevel returns to that of StartLog.
void SetLogLevel(LogLevel level);
void ResetLogLevel();

// Turns the line limits off from now on: for simulations, which write a day's lines in a second.
void DropNoLogLines();

// Returns how many lines were dropped since the start because their place had logged too many.
uint64_t DroppedLogLines();

// The place in the program that logs a line. As a default argument it is the caller's.
struct LogSite {
  const char* file;
  int line;
};

void Log(LogLevel level, std::string_view message,
         LogSite site = {__builtin_FILE(), __builtin_LINE()});

inline void LogDebug(std::string_view message,
                     LogSite site = {__builtin_FILE(), __builtin_LINE()}) {
  Log(LogLevel::kDebug, message, site);
}
inline void LogInfo(std::string_view message, LogSite site = {__builtin_FILE(), __builtin_LINE()}) {
  Log(LogLevel::kInfo, message, site);
}
inline void LogWarning(std::string_view message,
                       LogSite site = {__builtin_FILE(), __builtin_LINE()}) {
  Log(LogLevel::kWarning, message, site);
}
inline void LogError(std::string_view message,
                     LogSite site = {__builtin_FILE(), __builtin_LINE()}) {
  Log(LogLevel::kError, message, site);
}

}  // namespace godwit
