// The sessions that are open: from a token to the device it was given to. At most
// kSessionsPerDeviceMax a device, the oldest goes first: a late stream of an old session is still
// good, and one that is forgotten leads to a new session.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "platform/random.h"

namespace godwit::collector {

// Ingest-confined.
class Sessions {
 public:
  explicit Sessions(Random& random) : random_(random) {}

  // A new token: 16 random bytes.
  std::string Open(const std::string& device_id);
  std::optional<std::string> DeviceOf(const std::string& token) const;

 private:
  Random& random_;
  std::map<std::string, std::string> device_by_token_;
  std::map<std::string, std::deque<std::string>> tokens_by_device_;  // oldest first
};

}  // namespace godwit::collector
