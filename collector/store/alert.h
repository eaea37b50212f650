// Acknowledgements of alerts by operators.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace godwit::collector {

// An acknowledgement of alerts of one device.
struct AlertAcknowledgement {
  std::string device_id;  // known to the store
  // The number of alerts seen, by kind. Those raised since then stay open.
  std::map<std::string, uint64_t> seen;
  std::string issuer;
  std::string message;  // why it is all right
};

// Returns "cloned (2), conflict (1)".
std::string AuditDetail(const AlertAcknowledgement& alerts);

}  // namespace godwit::collector
