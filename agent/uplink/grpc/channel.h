// Makes the channel to the collector: credentials, and every argument with its reason.
#pragma once

#include <memory>

#include "absl/time/time.h"
#include "agent/uplink/channel_options.h"

namespace grpc {
class Channel;
class ChannelArguments;
class ChannelCredentials;
}  // namespace grpc

namespace godwit::agent {

class ConnectionSocket;

// The time-out for resolving the endpoint's name: two queries of a resolver that repeats its query
// after 5 s.
inline constexpr absl::Duration kDnsPatience = absl::Seconds(10);

// Sets every argument. A function of its own, so that tests can remove an argument and see what it
// is for.
void ConfigureChannel(const ChannelOptions& options, grpc::ChannelArguments& arguments);

// Makes a channel. With `socket`, which follows its connections, the caller decides whether they
// are alive.
std::shared_ptr<grpc::Channel> MakeChannel(const ChannelOptions& options,
                                           std::shared_ptr<ConnectionSocket> socket = nullptr);

}  // namespace godwit::agent
