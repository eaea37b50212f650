// Orders that are given once although an answer may be lost: each has an id, and a collector that
// knows such ids takes the same one as the same order.
#pragma once

#include "base/status.h"
#include "cli/client/fleet_client.h"

namespace godwit::cli {

// Both give the order an id of its own, and give it again, for some seconds, while its answer is
// lost (the connection broke, or nothing came in time). An error says so where nobody knows whether
// the order stands.
[[nodiscard]] StatusOr<v1::SendCommandResponse> GiveCommand(FleetClient& client,
                                                            v1::SendCommandRequest request);
[[nodiscard]] StatusOr<v1::PushRevisionResponse> GivePush(FleetClient& client,
                                                          v1::PushRevisionRequest request);

// Says how many of each alert were seen, so that the same one given again changes nothing.
[[nodiscard]] StatusOr<v1::AcknowledgeAlertsResponse> GiveAcknowledgement(
    FleetClient& client, const v1::AcknowledgeAlertsRequest& request);

}  // namespace godwit::cli
