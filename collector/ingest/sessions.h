// The open sessions: maps a token to the device that got it. At most kSessionsPerDeviceMax for each
// device; the oldest is dropped first, because a late stream of an old session is still valid, and
// a forgotten one leads to a new session.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <string>

#include "platform/random.h"

namespace godwit::collector {

// The sessions. Ingest-confined.
class Sessions {
 public:
  explicit Sessions(Random& random) : random_(random) {}

  // Opens a session. Returns a new token: 16 random bytes.
  std::string Open(const std::string& device_id);
  std::optional<std::string> DeviceOf(const std::string& token) const;

 private:
  Random& random_;
  std::map<std::string, std::string> device_by_token_;
  std::map<std::string, std::deque<std::string>> tokens_by_device_;  // oldest first
};

}  // namespace godwit::collector
