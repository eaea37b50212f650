// One connection of the transport, watched: gRPC dials it, and this decides whether it lives.
#pragma once

#include <memory>
#include <string>
#include <utility>

#include "agent/uplink/grpc/channel.h"
#include "agent/uplink/grpc/connection_socket.h"
#include "agent/uplink/link_watch.h"

namespace godwit::agent {

// Loop-confined.
class WatchedLink {
 public:
  explicit WatchedLink(const ChannelOptions& options)
      : watch_(options.keepalive_time, options.keepalive_timeout) {}

  // For MakeChannel.
  const std::shared_ptr<ConnectionSocket>& socket() const { return socket_; }
  // Why it was given up; empty while it lives. gRPC only sees that its socket is closed.
  const std::string& dead() const { return dead_; }

  // Gives the connection up when it is dead. True when it has moved since the last look. `now` on
  // the boot clock.
  bool Look(absl::Duration now) {
    const auto counters = socket_->Counters();
    if (!counters || !dead_.empty()) return false;
    LinkWatch::Verdict verdict = watch_.Look(*counters, now);
    if (!verdict.dead.empty()) {
      dead_ = std::move(verdict.dead);
      socket_->Abandon();
    }
    return verdict.moved;
  }

 private:
  const std::shared_ptr<ConnectionSocket> socket_ = std::make_shared<ConnectionSocket>();
  LinkWatch watch_;
  std::string dead_;
};

}  // namespace godwit::agent
