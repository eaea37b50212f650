#include "agent/uplink/grpc/loop_timers.h"

#include <grpcpp/version_info.h>

#include <utility>

#include "agent/uplink/link_watch.h"

#if GRPC_CPP_VERSION_MAJOR == 1 && GRPC_CPP_VERSION_MINOR == 51
// gRPC's own names (src/core/lib/iomgr/timer_manager.h); its header for them is not installed.
void grpc_timer_manager_set_threading(bool enabled);
void grpc_timer_manager_tick();
#else
// Whether another version has them is not known: it keeps its thread.
static void grpc_timer_manager_set_threading(bool) {}
static void grpc_timer_manager_tick() {}
#endif

namespace godwit::agent {
namespace {

// Not sooner than what a timer of the sensors is likely to be due at.
constexpr absl::Duration kTimersAgain = absl::Milliseconds(500);
constexpr absl::Duration kTimersLateMax = absl::Milliseconds(1500);
// Nothing is due then but deadlines of many seconds.
constexpr absl::Duration kTimersAgainAtRest = absl::Milliseconds(2500);
constexpr absl::Duration kTimersLateMaxAtRest = absl::Milliseconds(3500);
static_assert(kTimersLateMaxAtRest < LinkWatch::kRestMax);

}  // namespace

LoopTimers::LoopTimers(Executor& loop, std::function<void()> also)
    : loop_(loop), also_(std::move(also)) {
  // Each first use of gRPC starts the thread again.
  grpc_timer_manager_set_threading(false);
  grpc_timer_manager_tick();
  Arm();
}

void LoopTimers::Tick() {
  grpc_timer_manager_tick();
  at_rest_ = false;
  Arm();
  also_();
}

void LoopTimers::Rest() {
  at_rest_ = true;
  Arm();
}

void LoopTimers::Hurry() {
  if (std::exchange(at_rest_, false)) Arm();
}

void LoopTimers::Arm() {
  timer_ = at_rest_ ? loop_.PostWithin(kTimersAgainAtRest, kTimersLateMaxAtRest, [this] { Tick(); })
                    : loop_.PostWithin(kTimersAgain, kTimersLateMax, [this] { Tick(); });
}

}  // namespace godwit::agent
