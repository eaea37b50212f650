// How often the server may restart this agent: kRestartsMax times within kRestartsPeriod,
// or a script that repeats itself would keep a device from ever doing its work. The journal has the
// times, so a restart does not forget them. They are of the boot clock: the wall clock may step,
// and a machine that was booted since begins with none.
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
  // `before`: what the journal has, oldest first. Those of another boot do not count.
  RestartLimit(BootId boot_id, const std::vector<RestartMark>& before);

  // kResourceExhausted says when the next may be. `now` is of the boot clock.
  [[nodiscard]] Status Allows(absl::Duration now) const;
  // A restart starts; the mark is for the journal.
  RestartMark Note(absl::Duration now);

 private:
  const BootId boot_id_;
  std::vector<absl::Duration> times_;  // oldest first, at most kRestartsMax
};

}  // namespace godwit::agent
