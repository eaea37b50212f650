// What thousands of simulated devices run on: one thread, which serves a completion queue of gRPC
// and timers.
#pragma once

#include <grpcpp/grpcpp.h>

#include <queue>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace godwit::bench {

// Tags of the queue are those of agent/uplink/grpc/completion.h. Confined to its thread.
class Loop {
 public:
  using Task = absl::AnyInvocable<void()>;

  grpc::CompletionQueue& queue() { return queue_; }
  // Seconds on the kernel's monotonic clock, which is that of Python's time.monotonic().
  static double Now();
  // Runs `task` once, later: nothing cancels it.
  void After(absl::Duration wait, Task task);
  void RunFor(absl::Duration time);

 private:
  struct Due {
    double at = 0;
    // std::priority_queue gives out constants only.
    mutable Task task;
    friend bool operator<(const Due& a, const Due& b) { return a.at > b.at; }
  };

  void RunDue();

  grpc::CompletionQueue queue_;
  std::priority_queue<Due> due_;  // the earliest first
};

}  // namespace godwit::bench
