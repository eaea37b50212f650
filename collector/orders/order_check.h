// Checks orders before the store sees them. All errors are kInvalidArgument and name the part. Ids
// may be empty: then the collector makes them.
#pragma once

#include "absl/time/time.h"
#include "base/status.h"
#include "collector/store/alert.h"
#include "collector/store/command.h"
#include "collector/store/label.h"
#include "collector/store/revision.h"

namespace godwit::collector {

// Ids may be empty: then the collector makes them.
[[nodiscard]] Status CheckCommand(const NewCommand& command, absl::Duration life);
[[nodiscard]] Status CheckPush(const RevisionPush& push);
[[nodiscard]] Status CheckLabels(const LabelChange& change);
// Checks an acknowledgement, which needs a reason.
[[nodiscard]] Status CheckAcknowledgement(const AlertAcknowledgement& alerts);

}  // namespace godwit::collector
