// One thread of control that runs tasks one after another, in the order they were posted: the only
// way our parts meet across threads. Timers that are due and tasks that wait take turns.
//
// A task must not block, except on an executor whose class comment
// says that it may.
#pragma once

#include <memory>
#include <utility>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"

namespace godwit {

// Destroying a timer cancels it: its task will not run afterwards. Own executor only.
class Timer {
 public:
  virtual ~Timer() = default;
};

class Executor {
 public:
  using Task = absl::AnyInvocable<void()>;

  virtual ~Executor() = default;

  // Thread-safe.
  virtual void Post(Task task) = 0;
  // Thread-safe. For what nobody waits for: an executor that sleeps is not woken for it, but runs
  // it when it next wakes, and in front of whatever is posted later.
  virtual void PostLazily(Task task) { Post(std::move(task)); }
  // On this executor only. Runs the task once, `delay` from now or a little later, unless the timer
  // is destroyed first. The timer must not outlive the executor.
  [[nodiscard]] virtual std::unique_ptr<Timer> PostAfter(absl::Duration delay, Task task) = 0;
  // The same, when the executor first wakes for something else between `earliest` and `latest` from
  // now; at the latest if it does not.
  [[nodiscard]] virtual std::unique_ptr<Timer> PostWithin(absl::Duration earliest,
                                                          absl::Duration latest, Task task) {
    static_cast<void>(earliest);
    return PostAfter(latest, std::move(task));
  }
  // Whether the caller is running on this executor. Thread-safe.
  virtual bool IsCurrent() const = 0;
};

}  // namespace godwit
