#include "agent/device/connection.h"

#include <utility>

#include "agent/device/part_options.h"
#include "base/counted.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

void Connection::Open(const AgentSettings& settings, const ChannelOptions& channel,
                      const Identity& identity, const std::string& only_store) {
  if (settings.upload_endpoint.empty()) {
    return LogWarning("no upload.endpoint is set: the agent samples and spools, but sends nothing");
  }
  transport_ = deps_.transports.Make(channel);
  outbox_ = std::make_unique<Outbox>(deps_.spool, deps_.storage, deps_.loop);
  uploader_ = std::make_unique<Uploader>(MakeUploadOptions(settings, only_store), identity,
                                         *outbox_, *transport_,
                                         Uploader::Dependencies{.clock = deps_.clock,
                                                                .loop = deps_.loop,
                                                                .random = deps_.random,
                                                                .reporter = deps_.reporter,
                                                                .commands = &deps_.commands});
}

void Connection::Start() {
  if (uploader_ == nullptr) return;
  uploader_->Start();
  deps_.process.WatchNetwork();
}

void Connection::Replace(const AgentSettings& settings, const ChannelOptions& channel,
                         const std::string& only_store) {
  Close();
  const auto identity = deps_.loader.FindIdentity(settings);
  if (!identity.ok()) return;
  Open(settings, channel, *identity, only_store);
  Start();
}

void Connection::Close() {
  uploader_.reset();
  outbox_.reset();
  transport_.reset();
}

void Connection::Drain(absl::Duration limit, std::function<void()> done) {
  const auto finish = [this, done = std::move(done)] { FinishDrain(done); };
  if (uploader_ == nullptr) return finish();
  drain_timer_ = deps_.loop.PostAfter(limit, finish);
  uploader_->Drain([this, finish] { deps_.loop.Post(finish); });
}

void Connection::FinishDrain(const std::function<void()>& done) {
  if (uploader_ != nullptr) {
    const UploadCounters& sent = uploader_->counters();
    LogInfo(Cat("upload: ", Counted(sent.records, "record"), ", ", Counted(sent.bytes, "byte"),
                " in ", Counted(sent.streams, "stream"), " of ",
                Counted(sent.sessions, "session")));
  }
  uploader_.reset();
  done();
}

void Connection::Wake() {
  if (uploader_ != nullptr) uploader_->Wake();
}

void Connection::Flush() {
  if (uploader_ != nullptr) uploader_->Flush();
}

void Connection::NetworkChanged(bool address_gone) {
  if (uploader_ != nullptr) uploader_->NetworkChanged(address_gone);
}

bool Connection::HasSession() const {
  if (uploader_ == nullptr) return false;
  const SessionState state = uploader_->state();
  return state != SessionState::kWaiting && state != SessionState::kOpening;
}

}  // namespace godwit::agent
