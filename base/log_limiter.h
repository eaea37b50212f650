// Limits the log lines of each place in the program. Otherwise anyone who can make the program log
// a line (a peer, an operator, a failing disk) could fill the log, and the flash that holds it.
//
// Each subject of a place's lines has a share of them, and its first line in a window has extra
// room: a device that floods the log does not hide what is logged about another one.
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

// The most lines that one place may log within a window. A window starts with its first line.
inline constexpr uint64_t kLogLinesPerSiteMax = 60;
inline constexpr absl::Duration kLogWindow = absl::Minutes(1);
// The same for debug lines. They come for each record, and only when an operator has turned them
// on.
inline constexpr uint64_t kDebugLinesPerSiteMax = 3000;
// The most of these lines about one subject.
inline constexpr uint64_t kLogLinesPerSubjectMax = 10;
// The most subjects whose first line in a window passes although the place has used up its lines.
// The lines of further subjects are dropped.
inline constexpr uint64_t kLogSubjectsMax = 60;

// Decides whether a line is logged. Its memory is bounded by the number of places that log, and by
// kLogSubjectsMax names for each. Thread-compatible.
class LogLimiter {
 public:
  struct Verdict {
    bool passes = true;
    // The number of lines of this place that were dropped in its previous window. Set only for the
    // first line after it.
    uint64_t dropped_before = 0;
  };

  // Decides on one line. `now` is the time of any clock that does not go back.
  Verdict Admit(LogLevel level, LogSite site, absl::Duration now, LogSubject subject = {});

  // Returns the number of lines dropped since the start.
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
