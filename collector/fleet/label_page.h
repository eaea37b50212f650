// Converts operators' requests for labels and for the audit log between protobuf and the store. The
// functions use the caller's `reader` and `directory`, on the caller's thread. They return the
// errors of Directory::Find for an unknown or ambiguous device, and those of the store.
#pragma once

#include <string>

#include "collector/fleet/directory.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

// Returns the change that is requested. Does not check its labels (CheckLabels in
// collector/orders/order_check.h).
[[nodiscard]] StatusOr<LabelChange> ChangeOf(StoreReader& reader, Directory& directory,
                                             const v1::SetLabelsRequest& request);
// Adds the labels that operators gave the device, without the device's own.
[[nodiscard]] Status FillLabels(StoreReader& reader, Directory& directory,
                                const std::string& device_id, v1::SetLabelsResponse& response);
// Adds the changes of one device, or of all if the request names none, newest first: as many as
// requested (default kAuditShown), at most kAuditShownMax, and about kAuditPageBytes.
[[nodiscard]] Status FillAudit(StoreReader& reader, Directory& directory,
                               const v1::ListAuditRequest& request,
                               v1::ListAuditResponse& response);

}  // namespace godwit::collector
