#include "agent/control/log_follower.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "agent/control/limits.h"
#include "agent/control/policy.h"
#include "base/command_kinds.h"
#include "base/mutex.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

v1::LogLevel ToProto(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return v1::LOG_LEVEL_DEBUG;
    case LogLevel::kInfo:
      return v1::LOG_LEVEL_INFO;
    case LogLevel::kWarning:
      return v1::LOG_LEVEL_WARNING;
    case LogLevel::kError:
    case LogLevel::kOff:
      return v1::LOG_LEVEL_ERROR;
  }
  return v1::LOG_LEVEL_ERROR;
}

LogLevel FromProto(v1::LogLevel level) {
  switch (level) {
    case v1::LOG_LEVEL_DEBUG:
      return LogLevel::kDebug;
    case v1::LOG_LEVEL_WARNING:
      return LogLevel::kWarning;
    case v1::LOG_LEVEL_ERROR:
      return LogLevel::kError;
    default:
      return LogLevel::kInfo;
  }
}

void Add(const LogLine& line, v1::ReportLogRequest& report) {
  v1::LogLine& out = *report.add_lines();
  out.set_time_unix_ns(line.time_unix_ns);
  out.set_level(ToProto(line.level));
  out.set_text(PlainLines(line.text));
}

Status AllowsLogs(const RemoteOptions& options) {
  return Allows(options, CommandKindName(CommandKindId::kLogs), {});
}

}  // namespace

// Between the threads that log and the loop.
struct LogFollower::Waiting {
  Mutex mutex;
  std::deque<LogLine> lines ABSL_GUARDED_BY(mutex);
  uint64_t dropped ABSL_GUARDED_BY(mutex) = 0;
  bool posted ABSL_GUARDED_BY(mutex) = false;  // a task of the loop takes what waits
};

LogFollower::LogFollower(RemoteOptions options, Executor& loop)
    : options_(std::move(options)), loop_(loop), waiting_(std::make_shared<Waiting>()) {}

LogFollower::~LogFollower() {
  TapLog(LogLevel::kOff, nullptr);
}

void LogFollower::SetOptions(RemoteOptions options) {
  options_ = std::move(options);
  if (AllowsLogs(options_).ok()) return;
  followers_.clear();
  SetTap();
}

void LogFollower::SessionOpened(const OpenedSession& session) {
  transport_ = &session.transport;
  token_ = session.token;
}

void LogFollower::SessionLost() {
  transport_ = nullptr;
  followers_.clear();
  greetings_.clear();
  timer_.reset();
  reporting_.reset();
  SetTap();
}

void LogFollower::OnFollowLog(const v1::FollowLog& follow) {
  if (transport_ == nullptr) return;
  if (follow.level() == v1::LOG_LEVEL_UNSPECIFIED) {
    followers_.erase(follow.follower());
    return SetTap();
  }
  const Status allowed = AllowsLogs(options_);
  if (!allowed.ok() || followers_.size() >= kLogFollowersMax) {
    v1::ReportLogRequest refusal;
    refusal.set_follower(follow.follower());
    refusal.set_refusal(allowed.ok()
                            ? Cat("at most ", kLogFollowersMax, " readers can follow this log")
                            : Message(allowed));
    if (greetings_.size() < kLogFollowersMax) greetings_.push_back(std::move(refusal));
    return SendNext();
  }
  followers_[follow.follower()] = follow.level();
  Greet(follow.follower());
  SetTap();
  SendNext();
}

// What was logged before.
void LogFollower::Greet(uint64_t follower) {
  v1::ReportLogRequest report;
  report.set_follower(follower);
  for (const LogLine& line : RecentLogLines()) {
    if (ToProto(line.level) <= followers_.at(follower)) Add(line, report);
  }
  greetings_.push_back(std::move(report));
}

void LogFollower::SetTap() {
  if (followers_.empty()) {
    TapLog(LogLevel::kOff, nullptr);
    const MutexLock lock(waiting_->mutex);
    waiting_->lines.clear();
    waiting_->dropped = 0;
    waiting_->posted = false;
    return;
  }
  const auto most = std::max_element(followers_.begin(), followers_.end(),
                                     [](auto& a, auto& b) { return a.second < b.second; });
  TapLog(FromProto(most->second),
         [this, waiting = waiting_, alive = alive_.Refer()](const LogLine& line) {
           const MutexLock lock(waiting->mutex);
           if (waiting->lines.size() >= kLogLinesWaitingMax) {
             ++waiting->dropped;
           } else {
             waiting->lines.push_back(line);
           }
           if (std::exchange(waiting->posted, true)) return;
           loop_.Post([this, alive] {
             if (alive) SendLater();
           });
         });
}

// Lines come in groups.
void LogFollower::SendLater() {
  if (timer_ == nullptr) timer_ = loop_.PostAfter(kLogReportPeriod, [this] { SendNext(); });
}

void LogFollower::SendNext() {
  timer_.reset();
  if (transport_ == nullptr || reporting_ != nullptr) return;
  if (!greetings_.empty()) {
    v1::ReportLogRequest greeting = std::move(greetings_.front());
    greetings_.pop_front();
    return Send(std::move(greeting));
  }
  v1::ReportLogRequest report;
  {
    const MutexLock lock(waiting_->mutex);
    waiting_->posted = false;
    for (const LogLine& line : waiting_->lines) Add(line, report);
    report.set_dropped(std::exchange(waiting_->dropped, 0));
    waiting_->lines.clear();
  }
  if (report.lines_size() > 0 && !followers_.empty()) Send(std::move(report));
}

void LogFollower::Send(v1::ReportLogRequest report) {
  report.set_session_token(token_);
  reporting_ = transport_->ReportLog(report, kReportDeadline,
                                     [this](const CallResult&, const v1::ReportLogResponse&) {
                                       // What did not arrive is lost: it is a look, not a record.
                                       reporting_.reset();
                                       SendLater();
                                     });
}

}  // namespace godwit::agent
