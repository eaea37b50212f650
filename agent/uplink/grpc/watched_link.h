// A watched connection of the transport: gRPC dials it, and this class decides whether it is alive.
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

  // Returns the socket to pass to MakeChannel.
  const std::shared_ptr<ConnectionSocket>& socket() const { return socket_; }
  // Returns why the connection was closed; empty while it is alive. gRPC only sees a closed socket.
  const std::string& dead() const { return dead_; }

  // Checks the connection, and closes it if it is dead. One that is not there yet has not moved,
  // and is not at rest. `now` is on the boot clock.
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
