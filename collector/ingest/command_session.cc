#include "collector/ingest/command_session.h"

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/text.h"
#include "collector/limits.h"

namespace godwit::collector {

CommandSession::CommandSession(Ingest& ingest, CommandPeer& peer,
                               const v1::ReceiveCommandsRequest& request, Caller caller)
    : ingest_(ingest),
      peer_(&peer),
      caller_(std::move(caller)),
      token_(request.session_token()),
      effective_(request.effective_revision().substr(0, kRevisionIdSize)),
      is_too_large_(request.ByteSizeLong() > kCommandsRequestBytesMax) {
  ingest_.command_streams_.insert(this);
}

CommandSession::~CommandSession() {
  *gone_ = true;
  NoteGone();
  ingest_.command_streams_.erase(this);
  ingest_.NoteStreamGone();
}

void CommandSession::Open() {
  if (ingest_.stopping_) return Finish(ingest_.Stopping());
  if (is_too_large_) {
    ingest_.statistics_.NoteRefusal("command stream refused");
    return Finish({Error(StatusCode::kInvalidArgument,
                         Cat("a request has more than ", kCommandsRequestBytesMax, " bytes")),
                   std::nullopt});
  }
  const auto device = ingest_.DeviceOf(token_, caller_);
  if (!device.ok()) return Finish({device.status(), std::nullopt});
  device_id_ = *device;
  life_ = ingest_.deps_.executor.PostAfter(kCommandStreamLifeMax, [this] {
    ingest_.statistics_.NoteRefusal("command stream open too long");
    Finish({Error(StatusCode::kUnavailable, "the stream was open for too long; open another"),
            std::nullopt});
  });
  ingest_.streams_by_device_.emplace(device_id_, this);
  ingest_.statistics_.NoteConnected(device_id_, absl::ToUnixNanos(ingest_.deps_.clock.Wall()));
  AskForOffer();
  for (const v1::FollowLog& follow : ingest_.log_feed_.Of(device_id_)) FollowLog(follow);
  AskForOpenCommands();
}

// What was issued meanwhile may come twice: the device knows it by its id.
void CommandSession::AskForOpenCommands() {
  using Rows = StatusOr<std::vector<CommandRow>>;
  ingest_.writer_.Read<Rows>(
      [device_id = device_id_](Store& store, int64_t now_unix_ns) {
        return store.OpenCommands(device_id, now_unix_ns);
      },
      WhenAnswered<Rows>([this](const Rows& rows) {
        for (const CommandRow& row : *rows) Send(row);
      }),
      Gone());
}

// An operator's decision that came meanwhile is newer than what the store says.
void CommandSession::AskForOffer() {
  using Row = StatusOr<std::optional<OfferRow>>;
  ingest_.writer_.Write<Row>(
      sizeof(OfferRow),
      [device_id = device_id_, effective = effective_](Store& store, int64_t) {
        return store.OfferFor(device_id, effective);
      },
      WhenAnswered<Row>([this](const Row& row) {
        if (row->has_value() && !was_offered_) OfferRevision((*row)->offer);
      }),
      Gone());
}

CallerGone CommandSession::Gone() const {
  return [gone = gone_] { return gone->load(); };
}

// Comes on the ingest executor, unless the stream is gone by then. A store that cannot answer ends
// the stream: the next one asks again.
template <typename Result>
std::function<void(Result)> CommandSession::WhenAnswered(std::function<void(const Result&)> done) {
  return [this, gone = gone_, &executor = ingest_.deps_.executor,
          done = std::move(done)](Result result) {
    executor.Post([this, gone, done, result = std::move(result)] {
      if (*gone || peer_ == nullptr) return;
      if (!result.ok()) return Finish(ingest_.NotTaken(result.status()));
      done(result);
    });
  };
}

void CommandSession::OfferRevision(const NewOffer& offer) {
  was_offered_ = true;
  offer_.emplace();
  offer_->set_offer_id(offer.id);
  offer_->set_revision(offer.revision);
  if (!sending_) SendNext();
}

void CommandSession::FollowLog(const v1::FollowLog& follow) {
  follows_.push_back(follow);
  if (!sending_) SendNext();
}

void CommandSession::Send(CommandRow command) {
  to_send_.push_back(std::move(command));
  if (!sending_) SendNext();
}

void CommandSession::Sent() {
  sending_ = false;
  SendNext();
}

void CommandSession::SendNext() {
  if (peer_ == nullptr) return;
  v1::ReceiveCommandsResponse response;
  if (offer_) {
    *response.mutable_offer() = *std::exchange(offer_, std::nullopt);
    sending_ = true;
    return peer_->Send(response);
  }
  if (!follows_.empty()) {
    *response.mutable_follow_log() = std::move(follows_.front());
    follows_.pop_front();
    sending_ = true;
    return peer_->Send(response);
  }
  if (to_send_.empty()) return;
  const CommandRow row = std::move(to_send_.front());
  to_send_.pop_front();
  const int64_t now = absl::ToUnixNanos(ingest_.deps_.clock.Wall());
  const NewCommand& command = row.command;
  const int64_t life_ns = std::max<int64_t>(command.expires_unix_ns - now, 0);
  // One that has started is sent all the same: the device reports how it ended.
  if (life_ns == 0 && row.state == CommandState::kWaiting) return SendNext();
  v1::Command& message = *response.mutable_command();
  message.set_command_id(command.id);
  message.set_kind(command.kind);
  for (const auto& [name, value] : command.arguments) {
    v1::Setting& argument = *message.add_arguments();
    argument.set_name(name);
    argument.set_value(value);
  }
  message.set_life_ms(life_ns / 1'000'000);
  message.set_expires_unix_ns(command.expires_unix_ns);
  message.set_issuer(command.issuer);
  sending_ = true;
  peer_->Send(response);
}

void CommandSession::Cancel() {
  Finish({Error(StatusCode::kCancelled, "the device disconnected"), std::nullopt});
}

void CommandSession::NoteGone() {
  if (device_id_.empty()) return;
  const auto [begin, end] = ingest_.streams_by_device_.equal_range(device_id_);
  const auto self = std::find_if(begin, end, [this](auto& at) { return at.second == this; });
  if (self != end) ingest_.streams_by_device_.erase(self);
  ingest_.statistics_.NoteGone(std::exchange(device_id_, {}));
}

void CommandSession::Finish(const CallEnd& end) {
  NoteGone();
  if (CommandPeer* const peer = std::exchange(peer_, nullptr)) peer->Finish(end);
}

}  // namespace godwit::collector
