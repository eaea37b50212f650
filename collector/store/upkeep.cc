#include "collector/store/upkeep.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/log.h"
#include "collector/limits.h"

namespace godwit::collector {

Upkeep::Upkeep(SqliteStore& store, std::function<absl::Duration()> keep, Dependencies dependencies)
    : store_(store), keep_(std::move(keep)), deps_(std::move(dependencies)) {}

void Upkeep::Start() {
  GODWIT_CHECK_RUNS_ON(deps_.writer);
  tidied_at_ = deps_.clock.Boot();
  Step();
}

void Upkeep::Step() {
  const bool has_room = deps_.has_room == nullptr || deps_.has_room();
  const StatusOr<bool> more = has_room ? Work() : false;
  Note(more.status());
  timer_ = deps_.writer.PostAfter(more.value_or(false) ? absl::ZeroDuration() : kUpkeepPeriod,
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
  if (deps_.clock.Boot() - tidied_at_ < kTidyPeriod) return false;
  tidied_at_ = deps_.clock.Boot();
  GODWIT_RETURN_IF_ERROR(TidyNext());
  return false;
}

Status Upkeep::TidyNext() {
  GODWIT_ASSIGN_OR_RETURN(const auto device, store_.Tidy(tidied_, std::max(keep_(), kForgetAfter),
                                                         absl::ToUnixNanos(deps_.clock.Wall())));
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
