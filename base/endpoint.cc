#include "base/endpoint.h"

#include <arpa/inet.h>

#include <charconv>
#include <string>

#include "base/text.h"

namespace godwit {
namespace {

constexpr int kPortMax = 65535;

bool Split(std::string_view endpoint, std::string_view& host, std::string_view& port) {
  const size_t colon = endpoint.rfind(':');
  if (colon == std::string_view::npos) return false;
  host = endpoint.substr(0, colon);
  port = endpoint.substr(colon + 1);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return false;
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return false;  // an IPv6 address without its brackets
  }
  return !host.empty();
}

}  // namespace

Status CheckEndpoint(std::string_view endpoint) {
  std::string_view host;
  std::string_view port;
  int number = -1;
  if (Split(endpoint, host, port)) {
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error == std::errc{} && end == port.data() + port.size() && number >= 0 &&
        number <= kPortMax) {
      return absl::OkStatus();
    }
  }
  return Error(StatusCode::kInvalidArgument,
               Cat("'", endpoint,
                   "' is not an address; write \"host:port\", \"192.0.2.7:7443\" or "
                   "\"[2001:db8::7]:7443\""));
}

bool IsLoopback(std::string_view endpoint) {
  std::string_view host_view;
  std::string_view port;
  if (!Split(endpoint, host_view, port)) return false;
  const std::string host(host_view);
  if (host == "localhost") return true;
  in_addr v4{};
  if (inet_pton(AF_INET, host.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24) == 127;
  in6_addr v6{};
  return inet_pton(AF_INET6, host.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

}  // namespace godwit
