// What of an order is refused before the store sees it. All are kInvalidArgument and name the part.
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
// An acknowledgement says why.
[[nodiscard]] Status CheckAcknowledgement(const AlertAcknowledgement& alerts);

}  // namespace godwit::collector
