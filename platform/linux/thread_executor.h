// An executor with a thread of its own. Its tasks may block (fdatasync, SQLite): that is its
// purpose. Post and IsCurrent are thread-safe; PostAfter and timers belong to the executor's
// thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "base/mutex.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit {

class ThreadExecutor final : public Executor {
 public:
  // `name` is what `top -H` shows: at most 15 characters.
  ThreadExecutor(const std::string& name, const Clock& clock);
  // Runs the tasks posted before, drops timers, joins.
  ~ThreadExecutor() override;

  void Post(Task task) override;
  void PostLazily(Task task) override;
  std::unique_ptr<Timer> PostAfter(absl::Duration delay, Task task) override;
  bool IsCurrent() const override;

  // Runs the tasks posted before, and joins; drops later ones. Safe to call twice.
  void Stop();

 private:
  class ThreadTimer;
  using TimerKey = std::pair<absl::Duration, uint64_t>;  // due on the boot clock, order of creation

  void Run();
  void Queue(Task task);
  // Returns the next task to run, or none when stopping and drained.
  Task Take();

  const Clock& clock_;
  Mutex mutex_;
  CondVar wake_;
  std::deque<Task> tasks_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<TimerKey, Task> timers_;  // executor's thread only
  uint64_t timers_made_ = 0;         // executor's thread only
  bool timer_had_its_turn_ = false;  // executor's thread only
  std::thread thread_;               // last: starts when all else is built
};

}  // namespace godwit
