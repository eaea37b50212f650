// The one translation unit that includes spdlog (header-only: 4 s to compile).
#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <utility>

#include "base/log_lines.h"

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

std::shared_ptr<spdlog::logger>& Logger() {
  static auto logger =
      std::make_shared<spdlog::logger>("godwit", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return logger;
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
  Logger()->set_pattern(under_journal ? "%v"
                                      : "%Y-%m-%dT%H:%M:%S.%e %L " + std::string(program) + ": %v");
  started_level = level;
  SetLogLevel(level);
  Logger()->flush_on(spdlog::level::debug);
}

void SetLogLevel(LogLevel level) {
  Logger()->set_level(ToSpdlog(level));
}

void ResetLogLevel() {
  SetLogLevel(started_level);
}

void Log(LogLevel level, std::string_view message) {
  const char* prefix = under_journal ? JournalPrefix(level) : "";
  Logger()->log(ToSpdlog(level), "{}{}", prefix, message);
  NoteLogLine(level, message, Logger()->should_log(ToSpdlog(level)));
}

}  // namespace godwit
