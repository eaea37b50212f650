// Sends the agent's own log to its followers, who read it at the collector, for as long as the
// session is open. If kLogLinesWaitingMax lines wait, further lines are dropped and counted. Lines
// of a report that fails are lost.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/control/options.h"
#include "agent/uplink/command_receiver.h"
#include "base/alive.h"
#include "base/log_lines.h"
#include "platform/executor.h"

namespace godwit::agent {

// Follows the log. Loop-confined; lines may be logged on any thread. Uses the process's only log
// tap, so there is one LogFollower at a time.
class LogFollower final {
 public:
  LogFollower(RemoteOptions options, Executor& loop);
  ~LogFollower();

  // Sets the options. If they do not allow the command "logs", following ends.
  void SetOptions(RemoteOptions options);

  // Reports an open session, over whose transport reports are sent until SessionLost.
  void SessionOpened(const OpenedSession& session);
  // Forgets all followers. The collector sends OnFollowLog for each again once a session is open.
  void SessionLost();
  // Adds a follower with a level and sends it the recent lines, or removes it
  // (LOG_LEVEL_UNSPECIFIED). Sends a refusal instead if the options do not allow the command
  // "logs", or if there are kLogFollowersMax followers. Without a session, does nothing.
  void OnFollowLog(const v1::FollowLog& follow);

 private:
  struct Waiting;

  void SetTap();
  void Greet(uint64_t follower);
  void SendLater();
  void SendNext();
  void Send(v1::ReportLogRequest report);

  RemoteOptions options_;
  Executor& loop_;
  Transport* transport_ = nullptr;  // while a session is open
  std::string token_;
  std::map<uint64_t, v1::LogLevel> followers_;
  std::deque<v1::ReportLogRequest> greetings_;  // recent lines and refusals, sent first
  std::shared_ptr<Waiting> waiting_;            // shared with the tap
  std::unique_ptr<Timer> timer_;
  std::unique_ptr<PendingCall> reporting_;
  Alive alive_;
};

}  // namespace godwit::agent
