#include "base/log_limiter.h"

namespace godwit {

LogLimiter::Verdict LogLimiter::Admit(LogLevel level, LogSite site, absl::Duration now) {
  Window& window = windows_[{site.file, site.line}];
  Verdict verdict;
  if (now - window.begin >= kLogWindow) {
    verdict.dropped_before = window.dropped;
    window = {.begin = now};
  }
  const uint64_t max = level == LogLevel::kDebug ? kDebugLinesPerSiteMax : kLogLinesPerSiteMax;
  if (window.passed < max) {
    ++window.passed;
    return verdict;
  }
  ++window.dropped;
  ++dropped_;
  return {.passes = false};
}

}  // namespace godwit
