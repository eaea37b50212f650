#include "collector/ingest/sessions.h"

#include "base/bytes.h"
#include "collector/limits.h"

namespace godwit::collector {

std::string Sessions::Open(const std::string& device_id) {
  std::string token;
  Put(token, random_.Next());
  Put(token, random_.Next());
  auto& tokens = tokens_by_device_[device_id];
  tokens.push_back(token);
  device_by_token_[token] = device_id;
  if (tokens.size() > kSessionsPerDeviceMax) {
    device_by_token_.erase(tokens.front());
    tokens.pop_front();
  }
  return token;
}

std::optional<std::string> Sessions::DeviceOf(const std::string& token) const {
  const auto found = device_by_token_.find(token);
  if (found == device_by_token_.end()) return std::nullopt;
  return found->second;
}

}  // namespace godwit::collector
