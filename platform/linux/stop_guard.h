// Ends the process when stopping it takes too long. What it had acknowledged is on the disk; what
// waits was not acknowledged, and its sender keeps it.
#pragma once

#include <thread>

#include "absl/time/time.h"
#include "base/mutex.h"

namespace godwit {

// Confined to the thread that stops the process.
class StopGuard {
 public:
  // From here on the process has `limit`; then it ends with kExitFailed and a line in the log that
  // says what it was waiting for, without destructors.
  explicit StopGuard(absl::Duration limit);
  // It has stopped in time.
  ~StopGuard();

  // What the process waits for from here on, a literal: "the end of operators' calls".
  void Awaits(const char* what);

 private:
  Mutex mutex_;
  CondVar wake_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  const char* awaited_ ABSL_GUARDED_BY(mutex_) = "its first step";
  std::thread thread_;  // last: it uses the others
};

}  // namespace godwit
