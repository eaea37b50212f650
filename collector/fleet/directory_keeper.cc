#include "collector/fleet/directory_keeper.h"

#include "base/check.h"

namespace godwit::collector {

void DirectoryKeeper::Start() {
  GODWIT_CHECK_RUNS_ON(executor_);
  // Questions report a store that cannot be read; this only tries again.
  const StatusOr<bool> more = directory_.Refresh(reader_, kIdentitiesPerTurn);
  const absl::Duration wait = more.ok() && *more ? absl::ZeroDuration() : kDirectoryPeriod;
  timer_ = executor_.PostAfter(wait, [this] { Start(); });
}

}  // namespace godwit::collector
