// Implements what every call over gRPC needs: a deadline, and its end as the transport port's
// result.
#pragma once

#include "absl/time/time.h"
#include "agent/uplink/transport.h"

namespace grpc {
class ClientContext;
class Status;
}  // namespace grpc

namespace godwit::agent {

void SetDeadline(grpc::ClientContext& context, absl::Duration deadline);

// Returns the result of the call with this `context`, which has ended with `status`.
CallResult ResultOf(const grpc::Status& status, const grpc::ClientContext& context);

}  // namespace godwit::agent
