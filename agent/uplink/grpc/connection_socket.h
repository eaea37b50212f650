// Gives access to the socket of a channel, which gRPC does not expose: the kernel's counters, and a
// way to close it.
#pragma once

#include <memory>
#include <optional>

#include "agent/uplink/link_watch.h"
#include "base/mutex.h"

namespace grpc {
class ChannelArguments;
}

namespace godwit::agent {

// The socket of the newest connection that a channel has tried to make. It holds a descriptor of
// its own, so that the number cannot come to mean another socket. Thread-safe.
class ConnectionSocket {
 public:
  ConnectionSocket() = default;
  ConnectionSocket(const ConnectionSocket&) = delete;
  ConnectionSocket& operator=(const ConnectionSocket&) = delete;
  ~ConnectionSocket();

  // Follows a socket that is about to connect; duplicates the descriptor.
  void Follow(int socket);
  // Returns the counters; nothing while it is not connected, or on a kernel that does not count
  // (before Linux 4.1).
  std::optional<ConnectionCounters> Counters() const;
  // Closes the connection at once, even with data waiting to be sent.
  void Abandon();

 private:
  mutable Mutex mutex_;
  int socket_ ABSL_GUARDED_BY(mutex_) = -1;
};

// Makes `socket` follow the channel's connections, each with a TCP_USER_TIMEOUT of kLinkPatience,
// and turns gRPC's own decision by pings off: the caller watches the link (link_watch.h). To be
// called before ConfigureChannel, because the first of two values of an argument is used. With a
// gRPC other than 1.51, whose insides are not known, it does nothing, and gRPC decides by itself.
// The arguments do not own `socket`.
void FollowConnections(std::shared_ptr<ConnectionSocket> socket, grpc::ChannelArguments& arguments);

}  // namespace godwit::agent
