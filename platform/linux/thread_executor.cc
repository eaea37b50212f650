#include "platform/linux/thread_executor.h"

#include <pthread.h>

#include <memory>
#include <utility>

#include "base/check.h"
#include "base/mutex.h"

namespace godwit {

class ThreadExecutor::ThreadTimer final : public Timer {
 public:
  ThreadTimer(ThreadExecutor& executor, TimerKey key) : executor_(executor), key_(key) {}
  ~ThreadTimer() override { executor_.timers_.erase(key_); }

 private:
  ThreadExecutor& executor_;
  TimerKey key_;
};

ThreadExecutor::ThreadExecutor(const std::string& name, const Clock& clock)
    : clock_(clock), thread_([this] { Run(); }) {
  pthread_setname_np(thread_.native_handle(), name.c_str());
}

ThreadExecutor::~ThreadExecutor() {
  Stop();
}

void ThreadExecutor::Stop() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyOne();
  if (thread_.joinable()) thread_.join();
}

void ThreadExecutor::Queue(Task task) {
  const MutexLock lock(mutex_);
  if (stopping_ && !IsCurrent()) return;
  tasks_.push_back(std::move(task));
}

void ThreadExecutor::Post(Task task) {
  Queue(std::move(task));
  wake_.NotifyOne();
}

void ThreadExecutor::PostLazily(Task task) {
  Queue(std::move(task));
}

std::unique_ptr<Timer> ThreadExecutor::PostAfter(absl::Duration delay, Task task) {
  // Who calls it is fixed by the code: timers belong to their thread.
  GODWIT_CHECK(IsCurrent());
  const TimerKey key{clock_.Boot() + delay, timers_made_++};
  timers_.emplace(key, std::move(task));
  return std::make_unique<ThreadTimer>(*this, key);
}

bool ThreadExecutor::IsCurrent() const {
  return std::this_thread::get_id() == thread_.get_id();
}

void ThreadExecutor::Run() {
  while (Task task = Take()) task();
}

Executor::Task ThreadExecutor::Take() {
  const MutexLock lock(mutex_);
  while (true) {
    const auto first = timers_.begin();
    const absl::Duration wait =
        timers_.empty() ? absl::InfiniteDuration() : first->first.first - clock_.Boot();
    const bool is_due = wait <= absl::ZeroDuration() && !stopping_;
    // A due timer and the tasks that wait take turns: neither keeps the other waiting for ever.
    if (is_due && (tasks_.empty() || !timer_had_its_turn_)) {
      timer_had_its_turn_ = true;
      Task task = std::move(first->second);
      timers_.erase(first);
      return task;
    }
    if (!tasks_.empty()) {
      timer_had_its_turn_ = false;
      Task task = std::move(tasks_.front());
      tasks_.pop_front();
      return task;
    }
    if (stopping_) return nullptr;
    if (timers_.empty()) {
      wake_.Wait(mutex_);
    } else {
      wake_.WaitFor(mutex_, wait);
    }
  }
}

}  // namespace godwit
