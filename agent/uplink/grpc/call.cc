#include "agent/uplink/grpc/call.h"

#include <grpcpp/grpcpp.h>

#include <string>

#include "agent/uplink/retry_policy.h"
#include "base/foreign_text.h"
#include "base/names.h"

namespace godwit::agent {
namespace {

// gRPC has no code of its own for it; these are 1.51's texts, which the contract test holds to. A
// connection that died by keepalive or the kernel's time-out has others.
bool ClosedByPeer(const grpc::Status& status) {
  // Whom we cancel ourselves we do not listen to any more.
  if (status.error_code() == grpc::StatusCode::CANCELLED) return true;
  if (status.error_code() != grpc::StatusCode::UNAVAILABLE) return false;
  const std::string text = status.error_message();
  for (const char* closed :
       {"Socket closed", "Connection reset by peer", "GOAWAY", "Cancelling all calls"}) {
    if (text.find(closed) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

void SetDeadline(grpc::ClientContext& context, absl::Duration deadline) {
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(deadline), GPR_TIMESPAN)));
}

CallResult ResultOf(const grpc::Status& status, const grpc::ClientContext& context) {
  CallResult result{.status = Error(static_cast<StatusCode>(status.error_code()),
                                    CleanLine(status.error_message(), kForeignTextBytesMax)),
                    .closed_by_peer = ClosedByPeer(status)};
  const auto& trailers = context.GetServerTrailingMetadata();
  if (const auto hint = trailers.find(kRetryAfterTrailer); hint != trailers.end()) {
    result.retry_after = ParseRetryHint({hint->second.data(), hint->second.size()});
  }
  return result;
}

}  // namespace godwit::agent
