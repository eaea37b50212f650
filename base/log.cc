// The one translation unit that includes spdlog (header-only: 4 s to compile).
#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/hidden_text.h"
#include "base/log_limiter.h"
#include "base/log_lines.h"
#include "base/mutex.h"
#include "base/text.h"

namespace godwit {
namespace {

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kOff:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

// syslog(3) priorities as the journal reads them at the start of a line.
const char* JournalPrefix(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "<7>";
    case LogLevel::kInfo:
      return "<6>";
    case LogLevel::kWarning:
      return "<4>";
    case LogLevel::kError:
    case LogLevel::kOff:
      return "<3>";
  }
  return "<6>";
}

bool under_journal = false;
LogLevel started_level = LogLevel::kInfo;

// Never destroyed: threads that nobody waits for may log at the very end.
spdlog::logger& Logger() {
  static auto* const logger =
      new spdlog::logger("godwit", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return *logger;
}

struct Limited {
  Mutex mutex;
  LogLimiter limiter ABSL_GUARDED_BY(mutex);
  bool drops ABSL_GUARDED_BY(mutex) = true;
};

// Never destroyed, as the logger.
Limited& Limits() {
  static auto* const limits = new Limited;
  return *limits;
}

absl::Duration Now() {
  return absl::FromChrono(std::chrono::steady_clock::now().time_since_epoch());
}

LogLimiter::Verdict Admit(LogLevel level, LogSite site, LogSubject subject) {
  Limited& limits = Limits();
  const MutexLock lock(limits.mutex);
  return limits.drops ? limits.limiter.Admit(level, site, Now(), subject) : LogLimiter::Verdict();
}

// Returns one clean line for a message, even if parts of it are foreign.
std::string LineOf(std::string_view message, uint64_t dropped_before) {
  std::string line = CleanLine(WithHiddenTexts(message), kLogMessageBytesMax);
  if (dropped_before > 0) {
    line += Cat(" (", dropped_before, dropped_before == 1 ? " line" : " lines",
                " of this kind dropped before this one)");
  }
  return line;
}

}  // namespace

bool ParseLogLevel(std::string_view name, LogLevel& level) {
  constexpr std::pair<std::string_view, LogLevel> kNames[] = {{"debug", LogLevel::kDebug},
                                                              {"info", LogLevel::kInfo},
                                                              {"warning", LogLevel::kWarning},
                                                              {"error", LogLevel::kError}};
  for (const auto& [known, value] : kNames) {
    if (known == name) {
      level = value;
      return true;
    }
  }
  return false;
}

void StartLog(std::string_view program, LogLevel level) {
  // systemd sets JOURNAL_STREAM when standard error goes to the journal, which stamps times itself.
  under_journal = std::getenv("JOURNAL_STREAM") != nullptr;
  Logger().set_pattern(under_journal ? "%v"
                                     : "%Y-%m-%dT%H:%M:%S.%e %L " + std::string(program) + ": %v");
  started_level = level;
  SetLogLevel(level);
  Logger().flush_on(spdlog::level::debug);
  // No place has logged anything yet: tests of one process start it one after another.
  Limited& limits = Limits();
  const MutexLock lock(limits.mutex);
  limits.limiter = LogLimiter();
}

void SetLogLevel(LogLevel level) {
  Logger().set_level(ToSpdlog(level));
}

void ResetLogLevel() {
  SetLogLevel(started_level);
}

void DropNoLogLines() {
  Limited& limits = Limits();
  const MutexLock lock(limits.mutex);
  limits.drops = false;
}

uint64_t DroppedLogLines() {
  Limited& limits = Limits();
  const MutexLock lock(limits.mutex);
  return limits.limiter.dropped();
}

void Log(LogLevel level, std::string_view message, LogSite site) {
  Log(level, message, LogSubject(), site);
}

void Log(LogLevel level, std::string_view message, LogSubject subject, LogSite site) {
  const bool printed = Logger().should_log(ToSpdlog(level));
  if (!printed && !IsTapped(level)) return;
  const LogLimiter::Verdict verdict = Admit(level, site, subject);
  if (!verdict.passes) return;
  const std::string line = LineOf(message, verdict.dropped_before);
  const char* prefix = under_journal ? JournalPrefix(level) : "";
  if (printed) Logger().log(ToSpdlog(level), "{}{}", prefix, line);
  NoteLogLine(level, line, printed);
}

}  // namespace godwit
