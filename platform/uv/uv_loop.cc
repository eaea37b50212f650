#include "platform/uv/uv_loop.h"

#include <uv.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <cstdint>
#include <deque>
#include <limits>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/mutex.h"

namespace godwit {
namespace {

// libuv frees nothing: a handle lives until its close callback.
template <typename Handle>
void CloseAndDelete(Handle* handle) {
  uv_close(reinterpret_cast<uv_handle_t*>(handle),
           [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
}

struct SignalWatch {
  uv_signal_t handle{};
  Executor::Task task;
  bool was_held = false;  // until it was taken
};

struct DescriptorWatch {
  uv_poll_t handle{};
  Executor::Task task;
};

// A handle lives as long as the loop and is used again by the next timer: closing one costs another
// turn of the loop, and a sensor makes one a second.
struct TimerState {
  static constexpr uint64_t kNoRoom = std::numeric_limits<uint64_t>::max();

  uv_timer_t handle{};
  Executor::Task task;
  uint64_t earliest = kNoRoom;  // on libuv's clock; from then on it runs at any wake-up
};

using SpareTimers = std::vector<TimerState*>;

class UvTimer final : public Timer {
 public:
  UvTimer(TimerState* state, SpareTimers& spare) : state_(state), spare_(spare) {}
  ~UvTimer() override {
    uv_timer_stop(&state_->handle);
    state_->task = nullptr;
    state_->earliest = TimerState::kNoRoom;
    spare_.push_back(state_);
  }

 private:
  TimerState* state_;
  SpareTimers& spare_;
};

}  // namespace

struct UvLoop::State {
  uv_loop_t loop{};
  uv_async_t* wake = nullptr;
  uv_check_t after_wait{};
  std::thread::id thread;
  Mutex mutex;
  std::deque<Task> tasks ABSL_GUARDED_BY(mutex);
  bool stopped ABSL_GUARDED_BY(mutex) = false;
  std::deque<TimerState> timers;  // all there ever were at one time
  SpareTimers spare_timers;
  std::deque<SignalWatch> signals;
  std::deque<DescriptorWatch> descriptors;

  void RunPosted() {
    std::deque<Task> batch;
    {
      const MutexLock lock(mutex);
      batch.swap(tasks);
    }
    for (Task& task : batch) task();
    const MutexLock lock(mutex);
    if (stopped) uv_stop(&loop);
  }

  TimerState* NewTimer() {
    if (!spare_timers.empty()) {
      TimerState* const timer = spare_timers.back();
      spare_timers.pop_back();
      return timer;
    }
    TimerState& timer = timers.emplace_back();
    // Only fills in the handle.
    GODWIT_CHECK(uv_timer_init(&loop, &timer.handle) == 0);
    timer.handle.data = &timer;
    return &timer;
  }

  // What uv_timer_start wants for `delay` from now. libuv counts in whole milliseconds from a "now"
  // that it caches while it runs timers: what has passed since is added, and rounded up, so that a
  // timer is late by a millisecond rather than early. The cached one is not refreshed here: a timer
  // that is always due again would be run again and again, and nothing that is posted or arrives
  // ever would.
  uint64_t MillisecondsTo(absl::Duration delay) const {
    const double passed =
        static_cast<double>(uv_hrtime()) / 1e6 - static_cast<double>(uv_now(&loop));
    return static_cast<uint64_t>(
        std::ceil(std::max(0.0, absl::ToDoubleMilliseconds(delay)) + std::max(0.0, passed)));
  }

  std::unique_ptr<Timer> Start(uint64_t milliseconds, Task task,
                               uint64_t earliest = TimerState::kNoRoom) {
    TimerState* const timer = NewTimer();
    timer->task = std::move(task);
    // Not in the turn it was made in: one that is always due again would hold the loop there.
    constexpr uint64_t kNextTurn = 1;
    if (earliest != TimerState::kNoRoom) {
      timer->earliest = uv_now(&loop) + std::max(earliest, kNextTurn);
    }
    uv_timer_start(
        &timer->handle, [](uv_timer_t* handle) { RunNow(*static_cast<TimerState*>(handle->data)); },
        milliseconds, 0);
    return std::make_unique<UvTimer>(timer, spare_timers);
  }

  // The task may destroy the timer, and with it itself: it is kept alive while it runs.
  static void RunNow(TimerState& timer) {
    uv_timer_stop(&timer.handle);
    timer.earliest = TimerState::kNoRoom;
    Task run = std::move(timer.task);
    run();
  }

  // After each wait of libuv's, whatever ended it: what was posted lazily, and timers with room. A
  // task may begin timers: none of them is due yet.
  void Woke() {
    RunPosted();
    for (size_t i = 0; i < timers.size(); ++i) {
      if (timers[i].earliest <= uv_now(&loop)) RunNow(timers[i]);
    }
  }
};

UvLoop::UvLoop() : state_(std::make_unique<State>()) {
  // As a process starts, and never later: without a descriptor for its loop there is no agent.
  GODWIT_CHECK(uv_loop_init(&state_->loop) == 0);
  state_->thread = std::this_thread::get_id();
  state_->wake = new uv_async_t;
  GODWIT_CHECK(uv_async_init(&state_->loop, state_->wake, [](uv_async_t* handle) {
                 static_cast<State*>(handle->data)->RunPosted();
               }) == 0);
  state_->wake->data = state_.get();
  GODWIT_CHECK(uv_check_init(&state_->loop, &state_->after_wait) == 0);
  state_->after_wait.data = state_.get();
  GODWIT_CHECK(uv_check_start(&state_->after_wait, [](uv_check_t* handle) {
                 static_cast<State*>(handle->data)->Woke();
               }) == 0);
}

UvLoop::~UvLoop() {
  for (TimerState& timer : state_->timers) {
    uv_close(reinterpret_cast<uv_handle_t*>(&timer.handle), nullptr);
  }
  for (SignalWatch& watch : state_->signals) {
    const int signal = watch.handle.signum;
    uv_close(reinterpret_cast<uv_handle_t*>(&watch.handle), nullptr);
    // libuv leaves the default action, and threads that started meanwhile do not hold the signal.
    if (watch.was_held) std::signal(signal, SIG_IGN);
  }
  for (DescriptorWatch& watch : state_->descriptors) {
    uv_close(reinterpret_cast<uv_handle_t*>(&watch.handle), nullptr);
  }
  uv_close(reinterpret_cast<uv_handle_t*>(&state_->after_wait), nullptr);
  CloseAndDelete(state_->wake);
  uv_run(&state_->loop, UV_RUN_DEFAULT);  // runs the close callbacks
  // Every handle was closed above.
  GODWIT_CHECK(uv_loop_close(&state_->loop) == 0);
}

void UvLoop::Run() {
  state_->thread = std::this_thread::get_id();
  uv_run(&state_->loop, UV_RUN_DEFAULT);
  const MutexLock lock(state_->mutex);
  state_->stopped = false;  // it may be run again
}

void UvLoop::Stop() {
  {
    const MutexLock lock(state_->mutex);
    state_->stopped = true;
  }
  uv_async_send(state_->wake);
}

void UvLoop::OnSignal(int signal, Task task) {
  SignalWatch& watch = state_->signals.emplace_back();
  watch.task = std::move(task);
  // As a process starts, for signals that may be caught.
  GODWIT_CHECK(uv_signal_init(&state_->loop, &watch.handle) == 0);
  watch.handle.data = &watch;
  GODWIT_CHECK(
      uv_signal_start(
          &watch.handle,
          [](uv_signal_t* handle, int) { static_cast<SignalWatch*>(handle->data)->task(); },
          signal) == 0);
  // One that was held until now (platform/linux/signal_hold.h) comes at once.
  sigset_t taken;
  sigemptyset(&taken);
  sigaddset(&taken, signal);
  sigset_t held;
  pthread_sigmask(SIG_UNBLOCK, &taken, &held);
  watch.was_held = sigismember(&held, signal) == 1;
}

void UvLoop::OnReadable(int descriptor, Task task) {
  DescriptorWatch& watch = state_->descriptors.emplace_back();
  watch.task = std::move(task);
  GODWIT_CHECK(uv_poll_init(&state_->loop, &watch.handle, descriptor) == 0);
  watch.handle.data = &watch;
  GODWIT_CHECK(uv_poll_start(&watch.handle, UV_READABLE, [](uv_poll_t* handle, int, int) {
                 static_cast<DescriptorWatch*>(handle->data)->task();
               }) == 0);
}

void UvLoop::Post(Task task) {
  PostLazily(std::move(task));
  uv_async_send(state_->wake);
}

void UvLoop::PostLazily(Task task) {
  const MutexLock lock(state_->mutex);
  state_->tasks.push_back(std::move(task));
}

std::unique_ptr<Timer> UvLoop::PostAfter(absl::Duration delay, Task task) {
  GODWIT_CHECK(IsCurrent());
  return state_->Start(state_->MillisecondsTo(delay), std::move(task));
}

std::unique_ptr<Timer> UvLoop::PostWithin(absl::Duration earliest, absl::Duration latest,
                                          Task task) {
  GODWIT_CHECK(IsCurrent());
  return state_->Start(state_->MillisecondsTo(latest), std::move(task),
                       state_->MillisecondsTo(earliest));
}

bool UvLoop::IsCurrent() const {
  return std::this_thread::get_id() == state_->thread;
}

}  // namespace godwit
