// Ends the process when stopping it takes too long. Acknowledged records are on the disk; others
// were not acknowledged, and their senders keep them.
#pragma once

#include <atomic>

#include "absl/time/time.h"
#include "platform/linux/alarm.h"

namespace godwit {

// Guards the stop of a process. Confined to the thread that stops it.
class StopGuard {
 public:
  // Gives the process `limit` from here on. Then it ends with kExitFailed, without destructors, and
  // a log line says what it was waiting for and what its threads did.
  explicit StopGuard(absl::Duration limit);

  // Sets what the process waits for from here on, a literal: "the end of operators' calls".
  void Awaits(const char* what) { awaited_ = what; }

 private:
  std::atomic<const char*> awaited_ = "its first step";
  const Alarm alarm_;  // last: it uses the others
};

}  // namespace godwit
