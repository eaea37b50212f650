// One connection of the transport, watched: gRPC dials it, and this decides whether it lives.
#pragma once

#include <memory>
#include <string>

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

  // Gives the connection up when it is dead. One that is not there yet has not moved, and is not at
  // rest. `now` on the boot clock.
  LinkWatch::Verdict Check(absl::Duration now) {
    const auto counters = socket_->Counters();
    if (!counters || !dead_.empty()) return {};
    LinkWatch::Verdict verdict = watch_.Check(*counters, now);
    if (!verdict.dead.empty()) {
      dead_ = verdict.dead;
      socket_->Abandon();
    }
    return verdict;
  }

 private:
  const std::shared_ptr<ConnectionSocket> socket_ = std::make_shared<ConnectionSocket>();
  LinkWatch watch_;
  std::string dead_;
};

}  // namespace godwit::agent
