// Parses and compares IP addresses, and networks as settings name them: "192.0.2.7", "10.0.0.0/8",
// "2001:db8::/32".
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "base/status.h"

namespace godwit {

// An IP address: 4 or 16 bytes in network order; no bytes: no IP address. An IPv4 address within
// IPv6 (::ffff:192.0.2.7) becomes that IPv4 address.
struct IpAddress {
  std::string bytes;

  // Makes an address of 4 or 16 bytes.
  static IpAddress Of(std::string_view bytes);
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// Returns "192.0.2.7" or "2001:db8::7"; "no IP address" for an address without bytes.
std::string TextOf(const IpAddress& address);

// A range of IP addresses that share a prefix. Thread-compatible.
class IpNetwork {
 public:
  // Parses a network. A single address is a network of one. kInvalidArgument says what is wrong,
  // such as bits set after the prefix: in "10.1.0.0/8" either number may be a slip.
  [[nodiscard]] static StatusOr<IpNetwork> Parse(const std::string& text);

  bool Contains(const IpAddress& address) const;

 private:
  IpNetwork(IpAddress address, size_t bits) : address_(std::move(address)), bits_(bits) {}

  IpAddress address_;
  size_t bits_;
};

}  // namespace godwit
