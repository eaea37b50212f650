#include "platform/linux/linux_clock.h"

#include <sys/timex.h>
#include <time.h>

#include "base/check.h"

namespace godwit {
namespace {

timespec Now(clockid_t id) {
  timespec now{};
  GODWIT_CHECK(clock_gettime(id, &now) == 0);
  return now;
}

}  // namespace

absl::Duration LinuxClock::Boot() const {
  return absl::DurationFromTimespec(Now(CLOCK_BOOTTIME));
}

absl::Time LinuxClock::Wall() const {
  return absl::TimeFromTimespec(Now(CLOCK_REALTIME));
}

bool LinuxClock::WallSynchronised() const {
  timex query{};  // modes = 0: reads only, needs no privilege
  return adjtimex(&query) != TIME_ERROR;
}

}  // namespace godwit
