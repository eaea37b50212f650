// Bounds the lines of one place of the program: whoever can make the program log a line (a peer, an
// operator, a failing disk) can otherwise fill a log, and the flash it lies on.
//
// Where lines have a subject, each subject has a share of the place's lines, and its first line of
// a window has room of its own: a device that floods does not hide what is said of another one.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/log.h"
#include "base/log_subject.h"

namespace godwit {

// Lines that one place may log within a window, which begins with its first line.
inline constexpr uint64_t kLogLinesPerSiteMax = 60;
inline constexpr absl::Duration kLogWindow = absl::Minutes(1);
// Debug lines come for each record, and only when somebody asked for them.
inline constexpr uint64_t kDebugLinesPerSiteMax = 3000;
// Of them, about one subject.
inline constexpr uint64_t kLogLinesPerSubjectMax = 10;
// Subjects whose first line of a window passes although the place has logged its lines. Those
// beyond are dropped.
inline constexpr uint64_t kLogSubjectsMax = 60;

// Memory is bounded by the places of the program that log, and by kLogSubjectsMax names for each.
// Thread-compatible.
class LogLimiter {
 public:
  struct Verdict {
    bool passes = true;
    // Lines of this place that were dropped in its window before; with its first line after that.
    uint64_t dropped_before = 0;
  };

  // `now` is of any clock that does not go back.
  Verdict Admit(LogLevel level, LogSite site, absl::Duration now, LogSubject subject = {});

  // Since the start.
  uint64_t dropped() const { return dropped_; }

 private:
  struct Window {
    absl::Duration begin = -absl::InfiniteDuration();
    uint64_t passed = 0;  // without the first lines of subjects
    uint64_t dropped = 0;
    std::map<std::string, uint64_t, std::less<>> subjects = {};  // lines that passed
  };

  static bool Passes(Window& window, uint64_t max, LogSubject subject);

  std::map<std::pair<const char*, int>, Window> windows_;
  uint64_t dropped_ = 0;
};

}  // namespace godwit
