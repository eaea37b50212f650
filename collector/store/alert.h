// What operators have to say of alerts: that somebody has seen them.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace godwit::collector {

// The alerts of one device that an operator has seen.
struct AlertAcknowledgement {
  std::string device_id;  // known to the store
  // By kind: how many of them were seen. Those that came since then stay open.
  std::map<std::string, uint64_t> seen;
  std::string issuer;
  std::string message;  // why it is all right
};

// "cloned (2), conflict (1)"
std::string AuditDetail(const AlertAcknowledgement& alerts);

}  // namespace godwit::collector
