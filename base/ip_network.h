// IP addresses, and networks as settings name them: "192.0.2.7", "10.0.0.0/8", "2001:db8::/32".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace godwit {

// The bytes of an address in network order: 4, or 16. An IPv4 address in IPv6 (::ffff:192.0.2.7) is
// that IPv4 address. Without bytes it is no IP address.
struct IpAddress {
  std::string bytes;

  // Of 4 or 16 bytes.
  static IpAddress Of(std::string_view bytes);
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// "192.0.2.7", "2001:db8::7"; "no IP address" without bytes.
std::string TextOf(const IpAddress& address);

// Thread-compatible.
class IpNetwork {
 public:
  // An address stands for itself alone. kInvalidArgument says what is wrong, such as bits behind
  // the prefix: "10.1.0.0/8" may be a slip of either number.
  [[nodiscard]] static StatusOr<IpNetwork> Parse(const std::string& text);

  bool Contains(const IpAddress& address) const;

 private:
  IpNetwork(IpAddress address, size_t bits) : address_(std::move(address)), bits_(bits) {}

  IpAddress address_;
  size_t bits_;
};

}  // namespace godwit
