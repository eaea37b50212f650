// What a simulated device is ordered to do: commands and configurations.
#include <memory>
#include <utility>

#include "agent/limits.h"
#include "bench/fleet/device_calls.h"

namespace godwit::bench {

using agent::CallResult;

void Device::Listen() {
  v1::ReceiveCommandsRequest request;
  request.set_session_token(session_->token);
  request.set_effective_revision(effective_);
  const auto call = std::make_shared<CommandCall>(session_);
  agent::SetDeadline(call->context,
                     agent::kCommandStreamLife * 0.9 +
                         UniformDuration(deps_.random.Next(), agent::kCommandStreamLife * 0.2));
  call->reader = stub_->PrepareAsyncReceiveCommands(&call->context, request, &deps_.loop.queue());
  // Whether it fails or not: reading says so.
  call->reader->StartCall(agent::Tag([this, call](bool) { ReadOrder(call); }));
}

void Device::ReadOrder(const std::shared_ptr<CommandCall>& call) {
  call->response.Clear();
  call->reader->Read(&call->response, agent::Tag([this, call](bool ok) {
    if (!ok) {
      call->reader->Finish(&call->status, agent::Tag([this, call](bool) {
        if (call->session == session_) OnListeningEnded(call->result());
      }));
      return;
    }
    if (call->session == session_ && call->response.has_command()) {
      OnCommand(call->response.command());
    }
    if (call->session == session_ && call->response.has_offer()) OnOffer(call->response.offer());
    ReadOrder(call);
  }));
}

void Device::OnListeningEnded(const CallResult& result) {
  if (result.status.ok() || absl::IsDeadlineExceeded(result.status)) return Listen();
  if (!uploading_) return Fail(result);
  link_lost_ = result;
}

void Device::OnCommand(const v1::Command& command) {
  v1::ReportCommandRequest request;
  request.set_session_token(session_->token);
  request.set_command_id(command.command_id());
  request.set_state(v1::COMMAND_STATE_RECEIVED);
  request.set_start_id(number_ + 1);
  using Response = v1::ReportCommandResponse;
  Ask<v1::ReportCommandRequest, Response>(
      &v1::Device::Stub::AsyncReportCommand, request,
      [this, request](const CallResult& asked, const Response& may) mutable {
        if (!asked.status.ok() || !may.go()) return;
        request.set_state(v1::COMMAND_STATE_DONE);
        request.set_output("done");
        Ask<v1::ReportCommandRequest, Response>(&v1::Device::Stub::AsyncReportCommand, request,
                                                [this](const CallResult& result, const Response&) {
                                                  deps_.tally.commands += result.status.ok();
                                                });
      });
}

void Device::OnOffer(const v1::RevisionOffer& offer) {
  if (offer.offer_id() == offer_) return;
  v1::FetchRevisionRequest request;
  request.set_session_token(session_->token);
  request.set_revision(offer.revision());
  using Response = v1::FetchRevisionResponse;
  Ask<v1::FetchRevisionRequest, Response>(
      &v1::Device::Stub::AsyncFetchRevision, request,
      [this, offer](const CallResult& result, const Response&) {
        if (!result.status.ok()) return;  // it is offered again by the next command stream
        ++deps_.tally.fetched;
        deps_.tally.last_fetched = Loop::Now();
        offer_ = offer.offer_id();
        on_trial_ = offer.revision();
        ReportRevision(v1::REVISION_STATE_APPLYING);
      });
}

void Device::EndTrial() {
  if (on_trial_.empty()) return;
  effective_ = std::exchange(on_trial_, {});
  ++deps_.tally.applied;
  ReportRevision(v1::REVISION_STATE_APPLIED);
}

void Device::ReportRevision(v1::RevisionState state) {
  v1::ReportRevisionRequest request;
  request.set_session_token(session_->token);
  request.set_effective_revision(effective_);
  request.set_offer_id(offer_);
  request.set_state(state);
  Ask<v1::ReportRevisionRequest, v1::ReportRevisionResponse>(
      &v1::Device::Stub::AsyncReportRevision, request,
      [](const CallResult&, const v1::ReportRevisionResponse&) {});
}

}  // namespace godwit::bench
