// Converts alerts of devices and their acknowledgements for operators.
#pragma once

#include <string>
#include <vector>

#include "collector/fleet/directory.h"
#include "collector/store/store.h"
#include "proto/godwit/v1/fleet.pb.h"

namespace godwit::collector {

void AddAlerts(const std::vector<AlertRow>& alerts,
               google::protobuf::RepeatedPtrField<v1::Alert>& out);

// Converts a request, with a count for each kind. kNotFound: the device, or an alert of it that can
// be acknowledged.
[[nodiscard]] StatusOr<AlertAcknowledgement> AcknowledgementOf(
    StoreReader& reader, Directory& directory, const v1::AcknowledgeAlertsRequest& request);
[[nodiscard]] Status FillAlerts(StoreReader& reader, Directory& directory,
                                const std::string& device_id,
                                v1::AcknowledgeAlertsResponse& response);

}  // namespace godwit::collector
