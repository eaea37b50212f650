// The logging front. One line a state change, to standard error; under systemd with the priority
// prefix the journal understands (sd-daemon(3)), elsewhere with a time and a level. Thread-safe.
//
// Never secrets: no key, token or settings value that came through an expansion.
#pragma once

#include <string_view>

namespace godwit {

// kOff is for simulations, in which everything fails all the time.
enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };

// "debug", "info", "warning", "error"; false for anything else.
bool ParseLogLevel(std::string_view name, LogLevel& level);

// Call once, first in main, before other threads exist. `program` opens each line.
void StartLog(std::string_view program, LogLevel level);

// Another level for a time, and back to that of StartLog.
void SetLogLevel(LogLevel level);
void ResetLogLevel();

void Log(LogLevel level, std::string_view message);

inline void LogDebug(std::string_view message) {
  Log(LogLevel::kDebug, message);
}
inline void LogInfo(std::string_view message) {
  Log(LogLevel::kInfo, message);
}
inline void LogWarning(std::string_view message) {
  Log(LogLevel::kWarning, message);
}
inline void LogError(std::string_view message) {
  Log(LogLevel::kError, message);
}

}  // namespace godwit
