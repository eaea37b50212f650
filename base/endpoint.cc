#include "base/endpoint.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <string>

#include "base/text.h"

namespace godwit {
namespace {

constexpr int kPortMax = 65535;
constexpr size_t kPortDigitsMax = 5;

struct Endpoint {
  std::string_view host;  // without brackets
  std::string_view port;
  bool in_brackets = false;
};

// Of a text with a colon.
Endpoint Split(std::string_view endpoint) {
  const size_t colon = endpoint.rfind(':');
  Endpoint out{.host = endpoint.substr(0, colon), .port = endpoint.substr(colon + 1)};
  if (out.host.size() >= 2 && out.host.starts_with('[') && out.host.ends_with(']')) {
    out.host = out.host.substr(1, out.host.size() - 2);
    out.in_brackets = true;
  }
  return out;
}

bool IsPort(std::string_view text) {
  int number = -1;
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits || text.empty() || text.size() > kPortDigitsMax) return false;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number >= 0 && number <= kPortMax;
}

// Of a name or an address. What is beyond ASCII may be a name that a resolver knows.
bool IsHost(std::string_view host) {
  constexpr std::string_view kNever = " \"#%/<>?@[\\]^`{|}";
  return std::none_of(host.begin(), host.end(), [&](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 || byte == 0x7f || kNever.find(c) != std::string_view::npos;
  });
}

// "::1", and with a zone "fe80::1%eth0".
bool IsIpv6(std::string_view host) {
  in6_addr address{};
  const std::string text(host.substr(0, host.find('%')));
  return inet_pton(AF_INET6, text.c_str(), &address) == 1;
}

}  // namespace

EndpointFault FindEndpointFault(std::string_view endpoint) {
  if (endpoint.find("://") != std::string_view::npos) return EndpointFault::kUrl;
  // "::1:7443" is an IPv6 address as a whole, too.
  if (IsIpv6(endpoint)) return EndpointFault::kBareIpv6;
  if (endpoint.find(':') == std::string_view::npos || endpoint.ends_with(']')) {
    return EndpointFault::kNoPort;
  }
  const Endpoint parts = Split(endpoint);
  if (parts.host.empty()) return EndpointFault::kNoHost;
  if (!parts.in_brackets && parts.host.find(':') != std::string_view::npos) {
    return parts.host.starts_with('[') ? EndpointFault::kBadHost : EndpointFault::kBareIpv6;
  }
  if (parts.in_brackets ? !IsIpv6(parts.host) : !IsHost(parts.host)) {
    return EndpointFault::kBadHost;
  }
  if (parts.port.empty()) return EndpointFault::kNoPort;
  return IsPort(parts.port) ? EndpointFault::kNone : EndpointFault::kBadPort;
}

Status CheckEndpoint(std::string_view endpoint) {
  if (FindEndpointFault(endpoint) == EndpointFault::kNone) return absl::OkStatus();
  return Error(StatusCode::kInvalidArgument,
               Cat("'", endpoint,
                   "' is not an address; write \"host:port\", \"192.0.2.7:7443\" or "
                   "\"[2001:db8::7]:7443\""));
}

bool IsLoopback(std::string_view endpoint) {
  if (FindEndpointFault(endpoint) != EndpointFault::kNone) return false;
  const std::string host(Split(endpoint).host);
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace godwit
