// A simulated device's connection, dialled when the device says so and as an agent dials: one
// attempt, which times out after 5 s.
//
// An agent makes a channel for each session. Here it is kept: to make one costs 2 ms of CPU (it
// parses certificates and keys), which would be the load's and slow the collector beside it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <memory>
#include <string>

#include "agent/uplink/grpc/connection_socket.h"

namespace godwit::bench {

// Confined to the loop.
class Connection {
 public:
  Connection(const std::string& endpoint,
             const std::shared_ptr<grpc::ChannelCredentials>& credentials);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  // Begins an attempt; calls that wait for a connection have it when that succeeds.
  void Dial();
  // After Dial: whether there is a connection. What watched the attempt is let go.
  bool IsReady();
  // A while after Dial, when there has been a socket: whether the attempt has failed.
  bool HasFailed() const;
  // Ends the attempt.
  void Abort();

 private:
  const std::shared_ptr<agent::ConnectionSocket> socket_ =
      std::make_shared<agent::ConnectionSocket>();
  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace godwit::bench
