// The options of a connection to a collector. Equal options lead to the same collector with the
// same credentials.
#pragma once

#include <string>

#include "absl/time/time.h"

namespace godwit::agent {

struct ChannelOptions {
  std::string endpoint;
  absl::Duration keepalive_time = absl::Seconds(30);
  absl::Duration keepalive_timeout = absl::Seconds(10);
  // The texts in PEM, already read and checked (settings/tls_files.h). Without a CA the channel is
  // plaintext; the settings decide whether it may be.
  std::string ca;
  std::string certificate;
  std::string key;
  friend bool operator==(const ChannelOptions&, const ChannelOptions&) = default;
};

}  // namespace godwit::agent
