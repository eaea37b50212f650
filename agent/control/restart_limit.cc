#include "agent/control/restart_limit.h"

#include <utility>

#include "agent/control/limits.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {

RestartLimit::RestartLimit(BootId boot_id, const std::vector<RestartMark>& before)
    : boot_id_(std::move(boot_id)) {
  for (const RestartMark& mark : before) {
    if (mark.boot_id == boot_id_) times_.push_back(mark.at);
  }
}

Status RestartLimit::Allows(absl::Duration now) const {
  if (times_.size() < kRestartsMax) return absl::OkStatus();
  const absl::Duration next = times_[times_.size() - kRestartsMax] + kRestartsPeriod;
  if (now >= next) return absl::OkStatus();
  return Error(StatusCode::kResourceExhausted,
               Cat("commands restart the agent at most ", kRestartsMax, " times in ",
                   DurationText(kRestartsPeriod), "; try again in ",
                   DurationText(absl::Ceil(next - now, absl::Seconds(1)))));
}

RestartMark RestartLimit::Note(absl::Duration now) {
  times_.push_back(now);
  if (times_.size() > kRestartsMax) times_.erase(times_.begin());
  return {.boot_id = boot_id_, .at = now};
}

}  // namespace godwit::agent
