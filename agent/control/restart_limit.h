// Limits restarts of this agent by the server to kRestartsMax within kRestartsPeriod. Otherwise a
// script that repeats itself would keep a device from ever doing its work. The journal has the
// times, so that they survive a restart. They are on the boot clock, because the wall clock may
// step; after a reboot none of them counts.
#pragma once

#include <vector>

#include "absl/time/time.h"
#include "agent/control/command.h"
#include "base/names.h"
#include "base/status.h"

namespace godwit::agent {

// Loop-confined.
class RestartLimit {
 public:
  // `before` are the restarts in the journal, oldest first. Those of another boot do not count.
  RestartLimit(BootId boot_id, const std::vector<RestartMark>& before);

  // Returns OK if a restart is allowed. kResourceExhausted says when the next one is. `now` is on
  // the boot clock.
  [[nodiscard]] Status Allows(absl::Duration now) const;
  // Records a restart that starts, and returns the mark for the journal.
  RestartMark Note(absl::Duration now);

 private:
  const BootId boot_id_;
  std::vector<absl::Duration> times_;  // oldest first, at most kRestartsMax
};

}  // namespace godwit::agent
