// Labels that operators give, and the log of what they change.
#pragma once

#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

[[nodiscard]] StatusOr<LabelChange> ChangeOf(StoreReader& reader,
                                             const v1::SetLabelsRequest& request);
[[nodiscard]] Status FillLabels(StoreReader& reader, const std::string& device,
                                v1::SetLabelsResponse& response);
[[nodiscard]] Status FillAudit(StoreReader& reader, const v1::ListAuditRequest& request,
                               v1::ListAuditResponse& response);

}  // namespace godwit::collector
