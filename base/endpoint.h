// "host:port" as people write it.
#pragma once

#include <string_view>

#include "base/status.h"

namespace godwit {

// "host:port", "1.2.3.4:port", "[::1]:port" with a port from 0 to 65535.
[[nodiscard]] Status CheckEndpoint(std::string_view endpoint);

// Whether traffic to it cannot leave this machine: an address of 127.0.0.0/8, ::1, or "localhost".
// Plaintext is allowed only there unless somebody says otherwise.
bool IsLoopback(std::string_view endpoint);

}  // namespace godwit
