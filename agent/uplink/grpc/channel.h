// How a channel to the collector is made: credentials, and every argument with its reason.
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

// For the name of the endpoint: two queries of a resolver that asks again after 5 s.
inline constexpr absl::Duration kDnsPatience = absl::Seconds(10);

// Every argument; apart, so that tests can take one away and see what it is for.
void ConfigureChannel(const ChannelOptions& options, grpc::ChannelArguments& arguments);

// With `socket`, which follows its connections, the caller judges whether they live.
std::shared_ptr<grpc::Channel> MakeChannel(const ChannelOptions& options,
                                           std::shared_ptr<ConnectionSocket> socket = nullptr);

}  // namespace godwit::agent
