// The timers of gRPC's iomgr (deadlines, keepalive, retries of names), run by our loop.
//
// Of its own it has a thread that wakes for each of its timer lists once a second, whatever there
// is to do: measured on an idle channel, one to two wake-ups a second of 50 us each, more than
// reading all of /proc costs. What gRPC has for a poller of the application's own is used instead:
// its thread is stopped, and the loop looks for what is due when it is awake anyway, and at least
// every 1.5 s; every 3.5 s while the connection is at rest. So a deadline is late by that much at
// most.
#pragma once

#include <functional>
#include <memory>

#include "platform/executor.h"

namespace godwit::agent {

// Loop-confined. gRPC must be in use (a completion queue will do) for as long as this lives. There
// may be several.
class LoopTimers {
 public:
  // `also` is called whenever the timers are looked at; not from within the constructor.
  LoopTimers(Executor& loop, std::function<void()> also);

  // The connection is at rest: until the next look, or until Hurry.
  void Rest();
  // Something begins on it.
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
