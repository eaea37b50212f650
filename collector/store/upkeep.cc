#include "collector/store/upkeep.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "collector/limits.h"

namespace godwit::collector {

Upkeep::Upkeep(SqliteStore& store, std::function<absl::Duration()> keep, World world)
    : store_(store), keep_(std::move(keep)), world_(std::move(world)) {}

void Upkeep::Start() {
  GODWIT_CHECK_RUNS_ON(world_.writer);
  tidied_at_ = world_.clock.Boot();
  Step();
}

void Upkeep::Step() {
  const bool has_room = world_.has_room == nullptr || world_.has_room();
  const StatusOr<bool> more = has_room ? Work() : false;
  Note(more.status());
  timer_ = world_.writer.PostAfter(more.value_or(false) ? absl::ZeroDuration() : kUpkeepPeriod,
                                   [this] { Step(); });
}

StatusOr<bool> Upkeep::Work() {
  if (!is_filled_in_) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, store_.FillIn());
    if (more) return true;
    is_filled_in_ = true;
  }
  GODWIT_ASSIGN_OR_RETURN(const bool repaired, store_.RepairNext());
  if (repaired) return true;
  if (world_.clock.Boot() - tidied_at_ < kTidyPeriod) return false;
  tidied_at_ = world_.clock.Boot();
  GODWIT_RETURN_IF_ERROR(TidyNext());
  return false;
}

Status Upkeep::TidyNext() {
  GODWIT_ASSIGN_OR_RETURN(const auto device, store_.Tidy(tidied_, std::max(keep_(), kForgetAfter),
                                                         absl::ToUnixNanos(world_.clock.Wall())));
  tidied_ = device.value_or(0);
  return absl::OkStatus();
}

void Upkeep::Note(const Status& status) {
  const bool failed = !status.ok();
  if (failed && !failing_) LogError(Message(Annotate(status, "store: upkeep")));
  if (!failed && failing_) LogInfo("store: upkeep works again");
  failing_ = failed;
}

}  // namespace godwit::collector
