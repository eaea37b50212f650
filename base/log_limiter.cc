#include "base/log_limiter.h"

namespace godwit {

LogLimiter::Verdict LogLimiter::Admit(LogLevel level, LogSite site, absl::Duration now,
                                      LogSubject subject) {
  Window& window = windows_[{site.file, site.line}];
  Verdict verdict;
  if (now - window.begin >= kLogWindow) {
    verdict.dropped_before = window.dropped;
    window = {.begin = now};
  }
  const uint64_t max = level == LogLevel::kDebug ? kDebugLinesPerSiteMax : kLogLinesPerSiteMax;
  if (Passes(window, max, subject)) return verdict;
  ++window.dropped;
  ++dropped_;
  return {.passes = false};
}

bool LogLimiter::Passes(Window& window, uint64_t max, LogSubject subject) {
  if (!subject.name.empty()) {
    const auto known = window.subjects.find(subject.name);
    if (known == window.subjects.end()) {
      if (window.subjects.size() == kLogSubjectsMax) return false;
      window.subjects.emplace(subject.name, 1);
      return true;
    }
    if (known->second == kLogLinesPerSubjectMax || window.passed == max) return false;
    ++known->second;
  }
  if (window.passed == max) return false;
  ++window.passed;
  return true;
}

}  // namespace godwit
