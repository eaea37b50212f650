// What every call over gRPC has: a deadline, and an end in the transport port's words.
#pragma once

#include "absl/time/time.h"
#include "agent/uplink/transport.h"

namespace grpc {
class ClientContext;
class Status;
}  // namespace grpc

namespace godwit::agent {

void SetDeadline(grpc::ClientContext& context, absl::Duration deadline);

// `context` is that of the call, which has ended with `status`.
CallResult ResultOf(const grpc::Status& status, const grpc::ClientContext& context);

}  // namespace godwit::agent
