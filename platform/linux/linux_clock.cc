#include "platform/linux/linux_clock.h"

#include <sys/timex.h>
#include <time.h>

#include "base/check.h"

namespace godwit {
namespace {

// adjtimex costs ten times what reading a clock does, and the answer changes about once a boot.
constexpr absl::Duration kAskEvery = absl::Seconds(10);

// Not by absl's own conversion: its library may have other timespecs than we do (armhf, 2038).
absl::Duration Now(clockid_t id) {
  timespec now{};
  GODWIT_CHECK(clock_gettime(id, &now) == 0);
  return absl::Seconds(now.tv_sec) + absl::Nanoseconds(now.tv_nsec);
}

}  // namespace

absl::Duration LinuxClock::Boot() const {
  return Now(CLOCK_BOOTTIME);
}

absl::Time LinuxClock::Wall() const {
  return absl::UnixEpoch() + Now(CLOCK_REALTIME);
}

bool LinuxClock::WallSynchronised() const {
  const int64_t now = absl::ToInt64Nanoseconds(Boot());
  if (now - asked_at_ns_ < absl::ToInt64Nanoseconds(kAskEvery)) return synchronised_;
  timex query{};  // modes = 0: reads only, needs no privilege
  synchronised_ = adjtimex(&query) != TIME_ERROR;
  asked_at_ns_ = now;
  return synchronised_;
}

}  // namespace godwit
