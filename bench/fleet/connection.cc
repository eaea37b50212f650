#include "bench/fleet/connection.h"

#include <grpcpp/channel.h>

#include "agent/uplink/grpc/channel.h"
#include "agent/uplink/grpc/quiet_engine.h"
#include "base/text.h"

namespace godwit::bench {
namespace {

// gRPC itself tries once, and again when asked to.
constexpr int kNeverMs = 3'600'000;

}  // namespace

Connection::Connection(const std::string& endpoint,
                       const std::shared_ptr<grpc::ChannelCredentials>& credentials) {
  agent::UseQuietEngine();
  grpc::ChannelArguments arguments;
  agent::FollowConnections(socket_, arguments);
  // Of two values for an argument the first holds.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, kNeverMs);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kNeverMs);
  agent::ConfigureChannel({}, arguments);
  // A name is resolved again with each attempt, which makes another subchannel with certificates to
  // parse. An address is not.
  channel_ = grpc::CreateCustomChannel(Cat("ipv4:", endpoint), credentials, arguments);
}

void Connection::Dial() {
  grpc::experimental::ChannelResetConnectionBackoff(channel_.get());
}

bool Connection::IsReady() {
  if (channel_->GetState(false) != GRPC_CHANNEL_READY) return false;
  socket_->Follow(-1);  // its descriptor is one of few
  return true;
}

bool Connection::HasFailed() const {
  return !socket_->Counters().has_value();
}

void Connection::Abort() {
  socket_->Abandon();
  socket_->Follow(-1);
}

}  // namespace godwit::bench
