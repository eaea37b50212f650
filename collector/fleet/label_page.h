// Converts labels that operators give, and the audit log.
#pragma once

#include <string>

#include "collector/fleet/directory.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

[[nodiscard]] StatusOr<LabelChange> ChangeOf(StoreReader& reader, Directory& directory,
                                             const v1::SetLabelsRequest& request);
[[nodiscard]] Status FillLabels(StoreReader& reader, Directory& directory,
                                const std::string& device_id, v1::SetLabelsResponse& response);
[[nodiscard]] Status FillAudit(StoreReader& reader, Directory& directory,
                               const v1::ListAuditRequest& request,
                               v1::ListAuditResponse& response);

}  // namespace godwit::collector
