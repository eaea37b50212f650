// What a connection to a collector is made by. Two that are equal lead to the same collector by
// the same credentials.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace godwit::agent {

struct ChannelOptions {
  std::string endpoint;
  absl::Duration keepalive_time = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // PEM, already read and checked (settings/tls_files.h). Without a CA the channel is plaintext;
  // whether it may be is for the settings to say.
  std::string ca;
  std::string certificate;
  std::string key;
  friend bool operator==(const ChannelOptions&, const ChannelOptions&) = default;
};

}  // namespace godwit::agent
