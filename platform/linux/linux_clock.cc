#include "platform/linux/linux_clock.h"

#include <time.h>

#include <optional>

#include "base/check.h"

namespace godwit {
namespace {

// adjtimex costs ten times what reading a clock does, and the answer changes about once a boot.
constexpr absl::Duration kAskEvery = absl::Seconds(10);

// Not by absl's own conversion: its library may have other timespecs than we do (armhf, 2038).
absl::Duration Now(clockid_t id) {
  timespec now{};
  // Every kernel that runs us has these clocks.
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

TimeSource LinuxClock::WallSource() const {
  const int64_t now = absl::ToInt64Nanoseconds(Boot());
  if (now - asked_at_ns_ < absl::ToInt64Nanoseconds(kAskEvery)) return source_;
  const auto kernel = ReadKernelTime();
  source_ =
      ChooseTimeSource(kernel, kernel ? std::nullopt : TimeSinceTouched(timesyncd_file_, Wall()));
  asked_at_ns_ = now;
  return source_;
}

}  // namespace godwit
