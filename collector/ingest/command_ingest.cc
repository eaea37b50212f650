// Commands: handed to their device, judged when it reports.
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/packed_output.h"
#include "base/text.h"
#include "collector/ingest/command_session.h"
#include "collector/ingest/ingest.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

// How it ended; none: it asks to begin.
StatusOr<std::optional<CommandState>> EndOf(v1::CommandState state) {
  switch (state) {
    case v1::COMMAND_STATE_RECEIVED:
      return std::optional<CommandState>();
    case v1::COMMAND_STATE_DONE:
      return CommandState::kDone;
    case v1::COMMAND_STATE_FAILED:
      return CommandState::kFailed;
    case v1::COMMAND_STATE_REFUSED:
      return CommandState::kRefused;
    case v1::COMMAND_STATE_EXPIRED:
      return CommandState::kExpired;
    case v1::COMMAND_STATE_OUTCOME_UNKNOWN:
      return CommandState::kOutcomeUnknown;
    default:
      return Error(StatusCode::kInvalidArgument, "state: this collector does not know it");
  }
}

// A text, or a zstd frame of one, which the reader decompresses.
std::string AdmitOutput(const std::string& output) {
  if (IsPackedOutput(output) && output.size() <= kCommandOutputBytesMax) return output;
  return PlainLines(CutUtf8(output, kCommandOutputBytesMax));
}

StatusOr<CommandReport> AdmitCommandReport(const v1::ReportCommandRequest& request,
                                           const std::string& device_id) {
  if (request.command_id().size() != kOrderIdSize) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("command_id: must have ", kOrderIdSize, " bytes"));
  }
  GODWIT_ASSIGN_OR_RETURN(const auto ended, EndOf(request.state()));
  CommandReport report{.id = request.command_id(),
                       .device_id = device_id,
                       .start_id = request.start_id(),
                       .ended = ended};
  report.output = AdmitOutput(request.output());
  return report;
}

}  // namespace

void Ingest::Send(const CommandRow& command) {
  ForStreamsOf(command.command.device_id, [&](CommandSession& stream) { stream.Send(command); });
}

void Ingest::ReportCommand(const v1::ReportCommandRequest& request, CommandReported done,
                           CallerGone gone, const Caller& caller) {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  if (stopping_) return done(Stopping(), {});
  const auto device = DeviceOf(request.session_token(), caller);
  if (!device.ok()) return done({device.status(), std::nullopt}, {});
  auto report = AdmitCommandReport(request, *device);
  if (!report.ok()) {
    statistics_.NoteRefusal("command report refused");
    return done({report.status(), std::nullopt}, {});
  }
  auto answered = [this, done = std::move(done)](const StatusOr<CommandAnswer>& answer) {
    deps_.executor.Post([this, done, answer] {
      v1::ReportCommandResponse response;
      if (answer.ok()) {
        response.set_go(answer->go);
        response.set_reason(answer->reason);
      } else if (absl::IsNotFound(answer.status())) {
        // A store that was put back from an old copy has never heard of it: it must not begin.
        response.set_reason("the collector does not know this command");
      } else {
        return done(NotTaken(answer.status()), response);
      }
      done({absl::OkStatus(), std::nullopt}, response);
    });
  };
  const size_t bytes = sizeof(*report) + report->output.size();
  writer_.Write<StatusOr<CommandAnswer>>(
      bytes,
      [report = *std::move(report)](Store& store, int64_t now_unix_ns) {
        return store.Report(report, now_unix_ns);
      },
      std::move(answered), std::move(gone));
}

}  // namespace godwit::collector
