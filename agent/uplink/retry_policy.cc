#include "agent/uplink/retry_policy.h"

namespace godwit::agent {

NextStep NextStepAfter(const CallResult& result) {
  switch (result.status.code()) {
    case StatusCode::kFailedPrecondition:
      return NextStep::kReopenNow;
    // Without a hint this is a message over the limit, which is no larger the next time.
    case StatusCode::kResourceExhausted:
      return result.retry_after ? NextStep::kBackOff : NextStep::kTellSomebody;
    case StatusCode::kUnauthenticated:
    case StatusCode::kPermissionDenied:
    case StatusCode::kInvalidArgument:
    case StatusCode::kUnimplemented:
      return NextStep::kTellSomebody;
    default:
      return NextStep::kBackOff;
  }
}

}  // namespace godwit::agent
