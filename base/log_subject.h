// Log lines about somebody, at a place of the program where many log.
#pragma once

#include <string_view>

#include "base/log.h"

namespace godwit {

// Whom a line is about: the id of a device, the address of a proxy. Its flood leaves room for the
// lines of others (base/log_limiter.h).
struct LogSubject {
  std::string_view name;  // empty: nobody in particular
};

void Log(LogLevel level, std::string_view message, LogSubject subject, LogSite site);

inline void LogWarning(std::string_view message, LogSubject subject,
                       LogSite site = {__builtin_FILE(), __builtin_LINE()}) {
  Log(LogLevel::kWarning, message, subject, site);
}
inline void LogError(std::string_view message, LogSubject subject,
                     LogSite site = {__builtin_FILE(), __builtin_LINE()}) {
  Log(LogLevel::kError, message, subject, site);
}

}  // namespace godwit
