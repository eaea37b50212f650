#include "agent/uplink/grpc/try_connecting.h"

#include <grpcpp/grpcpp.h>

#include <string>

#include "agent/uplink/grpc/connection_failure.h"
#include "base/foreign_text.h"
#include "proto/godwit/v1/device.grpc.pb.h"

namespace godwit::agent {

Status TryConnecting(const ChannelOptions& options, const Clock& clock, absl::Duration patience) {
  const auto stub = v1::Device::NewStub(MakeChannel(options));
  grpc::ClientContext context;
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(patience), GPR_TIMESPAN)));
  // Of no session: every collector answers that it does not know it, and that is all that happens.
  v1::FetchRevisionResponse response;
  const grpc::Status answer = stub->FetchRevision(&context, v1::FetchRevisionRequest(), &response);
  if (answer.ok() || answer.error_code() == grpc::StatusCode::FAILED_PRECONDITION) {
    return absl::OkStatus();
  }
  const Status failure = Error(static_cast<StatusCode>(answer.error_code()),
                               CleanLine(answer.error_message(), kForeignTextBytesMax));
  const TimeOfDay time{.now = clock.Wall(), .synchronised = clock.WallSynchronised()};
  return Explained(failure, MeaningOf(options, failure, time, patience));
}

}  // namespace godwit::agent
