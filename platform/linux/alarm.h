// Does something on a thread of its own unless it is over in time.
#pragma once

#include <functional>
#include <thread>

#include "absl/time/time.h"
#include "base/mutex.h"

namespace godwit {

// Confined to the thread that made it.
class Alarm {
 public:
  // Calls `ring` once, `limit` from now; never when the alarm is gone by then.
  Alarm(absl::Duration limit, std::function<void()> ring);
  // Waits for a `ring` that has begun.
  ~Alarm();

 private:
  Mutex mutex_;
  CondVar wake_;
  bool over_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace godwit
