// A thread of control that runs tasks one after another, in the order in which they were posted.
// Our parts meet across threads only by posting tasks. Due timers and waiting tasks take turns.
//
// A task must not block, except on an executor whose class comment says that it may.
#pragma once

#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace godwit {

// A timer that has been set. Destroying it cancels it: its task does not run afterwards. To be used
// on its own executor only.
class Timer {
 public:
  virtual ~Timer() = default;
};

class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;

  virtual ~Executor() = default;

  // Runs the task behind those posted before. Thread-safe.
  virtual void Post(Task task) = 0;
  // Posts a task that nothing waits for. A sleeping executor is not woken for it; it runs the task
  // when it next wakes, before the tasks that are posted later. Thread-safe.
  virtual void PostLazily(Task task) { Post(std::move(task)); }
  // Runs the task once, `delay` from now or a little later, unless the timer is destroyed first.
  // The timer must not outlive the executor. To be called on this executor only.
  [[nodiscard]] virtual std::unique_ptr<Timer> PostAfter(absl::Duration delay, Task task) = 0;
  // Runs the task when the executor first wakes for something else between `earliest` and `latest`
  // from now, and at `latest` if it does not. Otherwise like PostAfter.
  [[nodiscard]] virtual std::unique_ptr<Timer> PostWithin(absl::Duration earliest,
                                                          absl::Duration latest, Task task) {
    static_cast<void>(earliest);
    return PostAfter(latest, std::move(task));
  }
  // Returns whether the caller runs on this executor. Thread-safe.
  virtual bool IsCurrent() const = 0;
};

}  // namespace godwit
