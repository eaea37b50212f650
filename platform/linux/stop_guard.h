// Ends the process when stopping it takes too long. What it had acknowledged is on the disk; what
// waits was not acknowledged, and its sender keeps it.
#pragma once

#include <atomic>

#include "absl/time/time.h"
#include "platform/linux/alarm.h"

namespace godwit {

// Confined to the thread that stops the process.
class StopGuard {
 public:
  // From here on the process has `limit`; then it ends with kExitFailed, without destructors, and
  // with a line in the log that says what it was waiting for and what its threads did.
  explicit StopGuard(absl::Duration limit);

  // What the process waits for from here on, a literal: "the end of operators' calls".
  void Awaits(const char* what) { awaited_ = what; }

 private:
  std::atomic<const char*> awaited_ = "its first step";
  const Alarm alarm_;  // last: it uses the others
};

}  // namespace godwit
