#include "base/log_lines.h"

#include <atomic>
#include <deque>
#include <utility>

#include "absl/time/clock.h"
#include "base/mutex.h"
#include "base/text.h"

namespace godwit {
namespace {

struct Kept {
  Mutex mutex;
  std::deque<LogLine> lines ABSL_GUARDED_BY(mutex);
  std::atomic<LogLevel> tap_level = LogLevel::kOff;  // written under the mutex
  std::function<void(const LogLine&)> tap ABSL_GUARDED_BY(mutex);
};

// Never destroyed: threads that nobody waits for may log at the very end.
Kept& All() {
  static Kept* const kept = new Kept;
  return *kept;
}

}  // namespace

std::vector<LogLine> RecentLogLines() {
  Kept& all = All();
  const MutexLock lock(all.mutex);
  return {all.lines.begin(), all.lines.end()};
}

void TapLog(LogLevel level, std::function<void(const LogLine&)> tap) {
  Kept& all = All();
  const MutexLock lock(all.mutex);
  all.tap_level = tap == nullptr ? LogLevel::kOff : level;
  all.tap = std::move(tap);
}

bool IsTapped(LogLevel level) {
  return level >= All().tap_level.load(std::memory_order_relaxed);
}

void NoteLogLine(LogLevel level, std::string_view text, bool printed) {
  Kept& all = All();
  const MutexLock lock(all.mutex);
  const bool tapped = level >= all.tap_level;
  if (!printed && !tapped) return;
  LogLine line{.time_unix_ns = absl::ToUnixNanos(absl::Now()),
               .level = level,
               .text = std::string(CutUtf8(text, kLogLineBytesMax))};
  if (tapped) all.tap(line);
  if (!printed) return;
  if (all.lines.size() == kLogLinesKept) all.lines.pop_front();
  all.lines.push_back(std::move(line));
}

}  // namespace godwit
