// Sends the agent's own log to its followers, line by line, for as long as the session is open.
// Lines that come faster than they can be sent are dropped and counted.
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

// Follows the log. Loop-confined; the log is tapped from any thread.
class LogFollower final {
 public:
  LogFollower(RemoteOptions options, Executor& loop);
  ~LogFollower();

  void SetOptions(RemoteOptions options);

  void SessionOpened(const OpenedSession& session);
  void SessionLost();
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
  std::deque<v1::ReportLogRequest> greetings_;  // to be sent before the lines that wait
  std::shared_ptr<Waiting> waiting_;            // the tap's too
  std::unique_ptr<Timer> timer_;
  std::unique_ptr<PendingCall> reporting_;
  Alive alive_;
};

}  // namespace godwit::agent
