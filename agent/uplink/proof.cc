#include "agent/uplink/proof.h"

#include <utility>

#include "agent/limits.h"
#include "base/text.h"

namespace godwit::agent {

Proof::Proof(Transport& transport, Executor& loop, NextRecord record, Done done)
    : transport_(transport), loop_(loop), record_(std::move(record)), done_(std::move(done)) {}

void Proof::Open(const v1::OpenSessionRequest& request, const std::string& revision) {
  call_ = transport_.OpenSession(
      request, kOpenSessionDeadline,
      [this, revision](const CallResult& result, const v1::OpenSessionResponse& response) {
        OnOpened(result, response, revision);
      });
}

// A collector that takes everything proves nothing: it must be the one that wants this.
void Proof::OnOpened(const CallResult& result, const v1::OpenSessionResponse& response,
                     const std::string& revision) {
  if (!result.status.ok()) return Finish(result.status);
  store_id_ = response.store_id();
  const std::string token = response.session_token();
  if (revision.empty()) return Send(token);
  v1::FetchRevisionRequest request;
  request.set_session_token(token);
  request.set_revision(revision);
  call_ = transport_.FetchRevision(
      request, kOpenSessionDeadline,
      [this, token](const CallResult& fetched, const v1::FetchRevisionResponse&) {
        if (fetched.status.ok()) return Send(token);
        if (!absl::IsNotFound(fetched.status)) return Finish(fetched.status);
        Finish(Error(
            StatusCode::kAborted,
            "that collector does not know this configuration, so it is a different collector"));
      });
}

void Proof::Send(const std::string& token) {
  const StreamBounds bounds{
      .records = 1, .tables = kStreamTablesMax, .bytes = kStreamBytesMax, .period = kReplyDeadline};
  stream_ = std::make_unique<OutgoingStream>(
      bounds, loop_,
      OutgoingStream::Owner{
          .wants_more = [] {},
          .due = [] {},
          .closed = [this](
                        OutgoingStream&, const CallResult& result,
                        const v1::UploadMetricsResponse& response) { OnClosed(result, response); },
          .stalled =
              [this] {
                Finish(Error(StatusCode::kUnavailable, "the collector did not answer the batch"));
              }});
  stream_->Start(transport_, token, std::nullopt, {});
  stream_->Send(*std::exchange(record_, std::nullopt), true);
}

void Proof::OnClosed(const CallResult& result, const v1::UploadMetricsResponse& response) {
  if (!result.status.ok()) return Finish(result.status);
  const StreamVerdicts verdicts = stream_->Judge(response);
  if (verdicts.judged.empty()) {
    return Finish(Error(StatusCode::kUnavailable, "the collector cannot take the batch now"));
  }
  const v1::Verdict verdict = verdicts.judged.begin()->second;
  if (verdict == v1::VERDICT_COMMITTED || verdict == v1::VERDICT_DUPLICATE) {
    return Finish(absl::OkStatus());
  }
  Finish(
      Error(StatusCode::kAborted, Cat("the collector did not take the batch: ", verdicts.reason)));
}

// It may be gone when `done_` returns.
void Proof::Finish(const Status& status) {
  const Done done = done_;
  const std::string store_id = store_id_;
  done(status, store_id);
}

}  // namespace godwit::agent
