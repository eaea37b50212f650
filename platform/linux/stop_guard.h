// Ends the process when stopping it takes too long. What it had acknowledged is on the disk; what
// waits was not acknowledged, and its sender keeps it.
#pragma once

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace godwit {

class StopGuard {
 public:
  // From here on the process has `limit`; then it ends with kExitFailed and a line in the log,
  // without destructors.
  explicit StopGuard(absl::Duration limit);
  // It has stopped in time.
  ~StopGuard();

 private:
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stopped_ = false;  // guarded by mutex_
  std::thread thread_;    // last: it uses the others
};

}  // namespace godwit
