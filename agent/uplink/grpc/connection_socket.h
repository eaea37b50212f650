// The socket beneath a channel, which gRPC does not show: what the kernel counts of it, and its
// end.
#pragma once

#include <memory>
#include <optional>

#include "agent/uplink/link_watch.h"
#include "base/mutex.h"

namespace grpc {
class ChannelArguments;
}

namespace godwit::agent {

// Of the newest connection that a channel has tried to make. Holds a descriptor of its own for the
// socket, so the number cannot come to mean another one. Thread-safe.
class ConnectionSocket {
 public:
  ConnectionSocket() = default;
  ConnectionSocket(const ConnectionSocket&) = delete;
  ConnectionSocket& operator=(const ConnectionSocket&) = delete;
  ~ConnectionSocket();

  // A socket that is about to connect; takes a copy of the descriptor.
  void Follow(int socket);
  // Nothing while it is not connected, or on a kernel that does not count (before Linux 4.1).
  std::optional<ConnectionCounters> Counters() const;
  // Ends the connection at once, whatever waits to be sent.
  void Abandon();

 private:
  mutable Mutex mutex_;
  int socket_ ABSL_GUARDED_BY(mutex_) = -1;
};

// Has `socket` follow the channel's connections, each with a TCP_USER_TIMEOUT of kLinkPatience, and
// takes the judgement of pings from gRPC: the caller watches the link (link_watch.h).
// Before ConfigureChannel: of two values for an argument the first holds. With a gRPC whose insides
// are not known (not 1.51) it does nothing, and gRPC judges by itself. The arguments do not own
// `socket`.
void FollowConnections(std::shared_ptr<ConnectionSocket> socket, grpc::ChannelArguments& arguments);

}  // namespace godwit::agent
