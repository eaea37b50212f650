#include "collector/ingest/command_session.h"

#include <utility>

namespace godwit::collector {

CommandSession::CommandSession(Ingest& ingest, CommandPeer& peer, std::string token)
    : ingest_(ingest), peer_(&peer), token_(std::move(token)) {
  ingest_.command_streams_.insert(this);
}

CommandSession::~CommandSession() {
  NoteGone();
  ingest_.command_streams_.erase(this);
}

void CommandSession::Open() {
  if (ingest_.stopping_) return Finish(ingest_.Stopping());
  if (const auto device = ingest_.sessions_.DeviceOf(token_)) {
    device_id_ = *device;
    ingest_.figures_.NoteConnected(device_id_, absl::ToUnixNanos(ingest_.world_.clock.Wall()));
    return;
  }
  Finish({Error(StatusCode::kFailedPrecondition, "the session is not known; open another"),
          std::nullopt});
}

void CommandSession::Cancel() {
  Finish({Error(StatusCode::kCancelled, "the device is gone"), std::nullopt});
}

void CommandSession::NoteGone() {
  if (!device_id_.empty()) ingest_.figures_.NoteGone(std::exchange(device_id_, {}));
}

void CommandSession::Finish(const CallEnd& end) {
  NoteGone();
  if (CommandPeer* const peer = std::exchange(peer_, nullptr)) peer->Finish(end);
}

}  // namespace godwit::collector
