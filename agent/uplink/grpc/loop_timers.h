// Runs the timers of gRPC's iomgr (deadlines, keepalive, name resolution retries) on our loop.
//
// gRPC's own thread wakes for each of its timer lists once a second, even when idle: one to two
// wake-ups a second of 50 us each were measured on an idle channel, more than reading all of /proc
// costs. Instead this uses gRPC's interface for an application's own poller: the thread is stopped,
// and the loop checks for due timers when it is awake anyway, and at least every 1.5 s; every 3.5 s
// while the connection is at rest and no ping is due. So a deadline is late by at most that much,
// and a ping by 1.5 s.
#pragma once

#include <functional>
#include <memory>

#include "platform/executor.h"

namespace godwit::agent {

// Loop-confined. gRPC must be in use (a completion queue is enough) for as long as this lives.
// There may be several.
class LoopTimers {
 public:
  // `also` is called whenever the timers are checked; not from within the constructor.
  LoopTimers(Executor& loop, std::function<void()> also);

  // Notes that the connection is at rest, until the next check or Hurry.
  void Rest();
  // Notes that something begins on the connection.
  void Hurry();

 private:
  void Tick();
  void Arm();

  Executor& loop_;
  const std::function<void()> also_;
  bool at_rest_ = false;
  std::unique_ptr<Timer> timer_;
};

}  // namespace godwit::agent
