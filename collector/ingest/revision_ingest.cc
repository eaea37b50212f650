// Configurations: handed to their devices, fetched by them, and what they say came of it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "collector/ingest/command_session.h"
#include "collector/ingest/ingest.h"
#include "collector/limits.h"

namespace godwit::collector {
namespace {

StatusOr<OfferState> StateOf(v1::RevisionState state) {
  switch (state) {
    case v1::REVISION_STATE_UNSET:
      return OfferState::kUnset;
    case v1::REVISION_STATE_APPLYING:
      return OfferState::kApplying;
    case v1::REVISION_STATE_APPLIED:
      return OfferState::kApplied;
    case v1::REVISION_STATE_FAILED:
      return OfferState::kFailed;
    default:
      return Error(StatusCode::kInvalidArgument, "state: this collector does not know it");
  }
}

Status CheckId(std::string_view what, const std::string& id) {
  if (id.empty() || id.size() == kRevisionIdSize) return absl::OkStatus();
  return Error(StatusCode::kInvalidArgument, Cat(what, ": must have 16 bytes"));
}

StatusOr<RevisionReport> AdmitRevisionReport(const v1::ReportRevisionRequest& request,
                                             const std::string& device_id) {
  GODWIT_RETURN_IF_ERROR(CheckId("effective_revision", request.effective_revision()));
  GODWIT_RETURN_IF_ERROR(CheckId("offer_id", request.offer_id()));
  GODWIT_ASSIGN_OR_RETURN(const OfferState state, StateOf(request.state()));
  RevisionReport report{.device_id = device_id,
                        .effective = request.effective_revision(),
                        .offer_id = request.offer_id(),
                        .state = state};
  report.reason = PlainLines(CutUtf8(request.reason(), kRevisionReasonBytesMax));
  return report;
}

}  // namespace

void Ingest::Offer(const NewOffer& offer) {
  ForStreamsOf(offer.device_id, [&](CommandSession& stream) { stream.OfferRevision(offer); });
}

void Ingest::FetchRevision(const v1::FetchRevisionRequest& request, RevisionFetched done,
                           CallerGone gone, const Caller& caller) {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  if (stopping_) return done(Stopping(), {});
  const auto device = DeviceOf(request.session_token(), caller);
  if (!device.ok()) return done({device.status(), std::nullopt}, {});
  if (request.revision().size() != kRevisionIdSize) {
    statistics_.NoteRefusal("revision request refused");
    return done({Error(StatusCode::kInvalidArgument, "revision: must have 16 bytes"), {}}, {});
  }
  auto found = [this, done = std::move(done)](StatusOr<std::string> text) {
    deps_.executor.Post([this, done, text = std::move(text)] {
      v1::FetchRevisionResponse response;
      if (absl::IsNotFound(text.status())) {
        return done({Error(StatusCode::kNotFound, "this collector did not offer this revision"),
                     std::nullopt},
                    response);
      }
      if (!text.ok()) return done(NotTaken(text.status()), response);
      response.set_text(*text);
      done({absl::OkStatus(), std::nullopt}, response);
    });
  };
  writer_.Read<StatusOr<std::string>>(
      [device = *device, revision = request.revision()](Store& store, int64_t) {
        return store.RevisionText(device, revision);
      },
      std::move(found), std::move(gone));
}

void Ingest::ReportRevision(const v1::ReportRevisionRequest& request, RevisionReported done,
                            CallerGone gone, const Caller& caller) {
  GODWIT_CHECK_RUNS_ON(deps_.executor);
  if (stopping_) return done(Stopping(), {});
  const auto device = DeviceOf(request.session_token(), caller);
  if (!device.ok()) return done({device.status(), std::nullopt}, {});
  auto report = AdmitRevisionReport(request, *device);
  if (!report.ok()) {
    statistics_.NoteRefusal("revision report refused");
    return done({report.status(), std::nullopt}, {});
  }
  auto reported = [this, done = std::move(done)](const Status& status) {
    deps_.executor.Post([this, done, status] {
      done(status.ok() ? CallEnd{absl::OkStatus(), std::nullopt} : NotTaken(status), {});
    });
  };
  const size_t bytes = sizeof(*report) + report->reason.size();
  writer_.Write<Status>(
      bytes,
      [report = *std::move(report)](Store& store, int64_t now_unix_ns) {
        return store.ReportRevision(report, now_unix_ns);
      },
      std::move(reported), std::move(gone));
}

}  // namespace godwit::collector
