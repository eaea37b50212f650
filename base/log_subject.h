// Log lines about a device or an address, at a place in the program that logs about many.
#pragma once

#include <string_view>

#include "base/log.h"

namespace godwit {

// The subject of a line: the id of a device, the address of a proxy. A flood about one subject
// leaves room for the lines about others (base/log_limiter.h).
struct LogSubject {
  std::string_view name;  // empty: none
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
