// The logging front. One line a state change, to standard error; under systemd with the priority
// prefix the journal understands (sd-daemon(3)), elsewhere with a time and a level. Thread-safe.
//
// What strangers say may be part of a message. Log makes a line of it that forges no other line and
// steers no terminal (CleanLine, base/text.h), hides what settings took from the environment
// (base/hidden_text.h), cuts it at kLogMessageBytesMax, and writes at most so many lines a minute
// from one place of the program (base/log_limiter.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace godwit {

// kOff is for simulations, in which everything fails all the time.
enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

// "debug", "info", "warning", "error"; false for anything else.
bool ParseLogLevel(std::string_view name, LogLevel& level);

// Bytes of one message; a longer one is cut and ends with "…".
inline constexpr size_t kLogMessageBytesMax = 1024;

// Call once, first in main, before other threads exist. `program` opens each line.
void StartLog(std::string_view program, LogLevel level);

// Another level for a time, and back to that of StartLog.
void SetLogLevel(LogLevel level);
void ResetLogLevel();

// Writes every line from now on, however many there are: for simulations, which make a day's lines
// in a second.
void DropNoLogLines();

// Returns how many lines were dropped since the start because their place logged too many.
uint64_t DroppedLogLines();

// Where a line is logged; as a default argument it is the caller's place.
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
