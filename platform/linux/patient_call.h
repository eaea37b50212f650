// A call that may block for ever, from a thread that may not.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "platform/linux/blocking_worker.h"

namespace godwit {

// What `call` returns, on a thread of that name; none when it has not returned within `patience`.
// Then it is left behind, so it owns all that it uses.
template <typename Result>
std::optional<Result> CallWithin(absl::Duration patience, const std::string& thread,
                                 std::function<Result()> call) {
  struct Shared {
    std::mutex mutex;
    std::condition_variable done;
    std::optional<Result> result;
  };
  const auto shared = std::make_shared<Shared>();
  BlockingWorker worker(thread);
  worker.Post([shared, call = std::move(call)] {
    Result result = call();
    const std::lock_guard lock(shared->mutex);
    shared->result = std::move(result);
    shared->done.notify_all();
  });
  std::unique_lock lock(shared->mutex);
  shared->done.wait_for(lock, absl::ToChronoMilliseconds(patience),
                        [&] { return shared->result.has_value(); });
  return std::exchange(shared->result, std::nullopt);
}

}  // namespace godwit
