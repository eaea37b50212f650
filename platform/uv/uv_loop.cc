#include "platform/uv/uv_loop.h"

#include <uv.h>

#include <cmath>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "base/check.h"

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
};

struct DescriptorWatch {
  uv_poll_t handle{};
  Executor::Task task;
};

// The handle outlives the Timer object until libuv has closed it.
struct TimerState {
  uv_timer_t handle{};
  Executor::Task task;
};

class UvTimer final : public Timer {
 public:
  explicit UvTimer(TimerState* state) : state_(state) {}
  ~UvTimer() override {
    uv_timer_stop(&state_->handle);
    state_->handle.data = state_;
    uv_close(reinterpret_cast<uv_handle_t*>(&state_->handle),
             [](uv_handle_t* closed) { delete static_cast<TimerState*>(closed->data); });
  }

 private:
  TimerState* state_;
};

}  // namespace

struct UvLoop::State {
  uv_loop_t loop{};
  uv_async_t* wake = nullptr;
  std::thread::id thread;
  std::mutex mutex;
  std::deque<Task> tasks;  // guarded by mutex
  bool stopped = false;    // guarded by mutex
  std::deque<SignalWatch> signals;
  std::deque<DescriptorWatch> descriptors;

  void RunPosted() {
    std::deque<Task> batch;
    {
      const std::lock_guard lock(mutex);
      batch.swap(tasks);
    }
    for (Task& task : batch) task();
    const std::lock_guard lock(mutex);
    if (stopped) uv_stop(&loop);
  }
};

UvLoop::UvLoop() : state_(std::make_unique<State>()) {
  GODWIT_CHECK(uv_loop_init(&state_->loop) == 0);
  state_->thread = std::this_thread::get_id();
  state_->wake = new uv_async_t;
  GODWIT_CHECK(uv_async_init(&state_->loop, state_->wake, [](uv_async_t* handle) {
                 static_cast<State*>(handle->data)->RunPosted();
               }) == 0);
  state_->wake->data = state_.get();
}

UvLoop::~UvLoop() {
  for (SignalWatch& watch : state_->signals) {
    uv_close(reinterpret_cast<uv_handle_t*>(&watch.handle), nullptr);
  }
  for (DescriptorWatch& watch : state_->descriptors) {
    uv_close(reinterpret_cast<uv_handle_t*>(&watch.handle), nullptr);
  }
  CloseAndDelete(state_->wake);
  uv_run(&state_->loop, UV_RUN_DEFAULT);  // runs the close callbacks
  GODWIT_CHECK(uv_loop_close(&state_->loop) == 0);
}

void UvLoop::Run() {
  state_->thread = std::this_thread::get_id();
  uv_run(&state_->loop, UV_RUN_DEFAULT);
  const std::lock_guard lock(state_->mutex);
  state_->stopped = false;  // it may be run again
}

void UvLoop::Stop() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
  }
  uv_async_send(state_->wake);
}

void UvLoop::OnSignal(int signal, Task task) {
  SignalWatch& watch = state_->signals.emplace_back();
  watch.task = std::move(task);
  GODWIT_CHECK(uv_signal_init(&state_->loop, &watch.handle) == 0);
  watch.handle.data = &watch;
  GODWIT_CHECK(
      uv_signal_start(
          &watch.handle,
          [](uv_signal_t* handle, int) { static_cast<SignalWatch*>(handle->data)->task(); },
          signal) == 0);
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
  {
    const std::lock_guard lock(state_->mutex);
    state_->tasks.push_back(std::move(task));
  }
  uv_async_send(state_->wake);
}

std::unique_ptr<Timer> UvLoop::PostAfter(absl::Duration delay, Task task) {
  GODWIT_CHECK(IsCurrent());
  auto* timer = new TimerState;
  timer->task = std::move(task);
  GODWIT_CHECK(uv_timer_init(&state_->loop, &timer->handle) == 0);
  timer->handle.data = timer;
  // libuv counts in whole milliseconds from a "now" that it caches while it runs timers: add what
  // has passed since, and round up, so that a timer is late by a millisecond rather than early. The
  // cached one is not refreshed here: a timer that is always due again would be run again and
  // again, and nothing that is posted or arrives ever would.
  const double passed =
      static_cast<double>(uv_hrtime()) / 1e6 - static_cast<double>(uv_now(&state_->loop));
  const double milliseconds =
      std::ceil(std::max(0.0, absl::ToDoubleMilliseconds(delay)) + std::max(0.0, passed));
  uv_timer_start(
      &timer->handle,
      [](uv_timer_t* handle) {
        // The task may destroy the timer, and with it itself: keep it alive while it runs.
        Task run = std::move(static_cast<TimerState*>(handle->data)->task);
        run();
      },
      static_cast<uint64_t>(milliseconds), 0);
  return std::make_unique<UvTimer>(timer);
}

bool UvLoop::IsCurrent() const {
  return std::this_thread::get_id() == state_->thread;
}

}  // namespace godwit
