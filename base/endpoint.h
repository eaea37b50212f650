// "host:port" as people write it.
#pragma once

#include <string_view>

#include "base/status.h"

namespace godwit {

// What is wrong with the text of an address.
enum class EndpointFault {
  kNone,
  kUrl,       // "https://host:port"
  kNoPort,    // "host", "host:"
  kNoHost,    // ":port"
  kBareIpv6,  // "::1:port": an IPv6 address without its brackets
  kBadHost,   // characters that no host name and no address has
  kBadPort,   // no number from 0 to 65535
};

// kNone: "host:port", "1.2.3.4:port" or "[::1]:port" with a port from 0 to 65535.
EndpointFault FindEndpointFault(std::string_view endpoint);

// The same as a status: kInvalidArgument for anything but kNone.
[[nodiscard]] Status CheckEndpoint(std::string_view endpoint);

// Whether traffic to it cannot leave this machine: an address of 127.0.0.0/8, ::1, or "localhost".
// Plaintext is allowed only there unless somebody says otherwise.
bool IsLoopback(std::string_view endpoint);

}  // namespace godwit
