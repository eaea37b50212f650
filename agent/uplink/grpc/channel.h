// How a channel to the collector is made: credentials, and every argument with its reason.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/status.h"
#include "platform/clock.h"

namespace grpc {
class Channel;
class ChannelArguments;
class ChannelCredentials;
}  // namespace grpc

namespace godwit::agent {

struct ChannelOptions {
  std::string endpoint;
  absl::Duration keepalive_time = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // PEM, already read. Without a CA the channel is plaintext.
  std::string ca;
  std::string certificate;
  std::string key;
  friend bool operator==(const ChannelOptions&, const ChannelOptions&) = default;
};

// Plaintext is refused beyond loopback unless `insecure`; TLS needs a CA: this program trusts no
// system-wide list.
[[nodiscard]] Status CheckChannelSecurity(const ChannelOptions& options, bool insecure);

// Every argument; apart, so that tests can take one away and see what it is for.
void ConfigureChannel(const ChannelOptions& options, grpc::ChannelArguments& arguments);

std::shared_ptr<grpc::Channel> MakeChannel(const ChannelOptions& options);

// Connects, shakes hands, and lets go again; the error says what is wrong. Blocks.
[[nodiscard]] Status TryConnecting(const ChannelOptions& options, const Clock& clock,
                                   absl::Duration patience);

}  // namespace godwit::agent
