// A call that may block for ever, from a thread that may not.
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

// What `call` returns, on a thread of that name; none when it has not returned within `patience`.
// Then it is left behind, so it owns all that it uses.
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
