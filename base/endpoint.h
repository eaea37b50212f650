// Checks addresses of the form "host:port". Functions are pure: they resolve no names.
#pragma once

#include <string_view>

#include "base/status.h"

namespace godwit {

// The fault of an address text.
enum class EndpointFault {
  kNone,
  kUrl,       // "https://host:port"
  kNoPort,    // "host", "host:"
  kNoHost,    // ":port"
  kBareIpv6,  // "::1:port": an IPv6 address without its brackets
  kBadHost,   // characters that neither a host name nor an address may have
  kBadPort,   // not a number from 0 to 65535
};

// Returns kNone for "host:port", "1.2.3.4:port" or "[::1]:port" with a port from 0 to 65535, else
// the fault.
EndpointFault FindEndpointFault(std::string_view endpoint);

// Returns kInvalidArgument, with a message for people, for any fault.
[[nodiscard]] Status CheckEndpoint(std::string_view endpoint);

// Returns whether traffic to "host:port" cannot leave this machine: the host is in 127.0.0.0/8,
// ::1, or "localhost". Returns false for any fault. Plaintext is allowed only there unless a
// setting allows it elsewhere.
bool IsLoopback(std::string_view endpoint);

}  // namespace godwit
