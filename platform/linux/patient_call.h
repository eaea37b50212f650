// Runs a function that may block for ever, for a caller that must not.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "base/mutex.h"
#include "platform/linux/blocking_worker.h"

namespace godwit {

// Runs `call` on a new thread named `thread` (at most 15 characters) and returns its result. Blocks
// for at most `patience`; if `call` has not returned by then, returns nothing. In that case its
// thread is not stopped and runs on, so `call` must own everything that it uses. Thread-safe.
template <typename Result>
std::optional<Result> CallWithin(absl::Duration patience, const std::string& thread,
                                 std::function<Result()> call) {
  struct Shared {
    Mutex mutex;
    CondVar done;
    std::optional<Result> result ABSL_GUARDED_BY(mutex);
  };
  const auto shared = std::make_shared<Shared>();
  BlockingWorker worker(thread);
  worker.Post([shared, call = std::move(call)] {
    Result result = call();
    const MutexLock lock(shared->mutex);
    shared->result = std::move(result);
    shared->done.NotifyAll();
  });
  const MutexLock lock(shared->mutex);
  shared->done.AwaitFor(
      shared->mutex, patience,
      [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(shared->mutex) { return shared->result.has_value(); });
  return std::exchange(shared->result, std::nullopt);
}

}  // namespace godwit
