#include "bench/fleet/loop.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

#include "agent/uplink/grpc/completion.h"

namespace godwit::bench {

double Loop::Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

void Loop::After(absl::Duration wait, Task task) {
  due_.push({.at = Now() + absl::ToDoubleSeconds(wait), .task = std::move(task)});
}

void Loop::RunDue() {
  while (!due_.empty() && due_.top().at <= Now()) {
    Task task = std::move(due_.top().task);
    due_.pop();
    task();
  }
}

void Loop::RunFor(absl::Duration time) {
  const double end = Now() + absl::ToDoubleSeconds(time);
  while (Now() < end) {
    RunDue();
    const double until = due_.empty() ? end : std::min(end, due_.top().at);
    const auto wait_us = static_cast<int64_t>(std::max(0.0, until - Now()) * 1e6);
    void* tag = nullptr;
    bool ok = false;
    const gpr_timespec deadline =
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_micros(wait_us, GPR_TIMESPAN));
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) continue;
    agent::TakeBack(tag)->task(ok);
  }
}

}  // namespace godwit::bench
