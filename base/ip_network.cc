#include "base/ip_network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "base/text.h"

namespace godwit {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kMappedPrefix = "\0\0\0\0\0\0\0\0\0\0\xff\xff"sv;

std::optional<std::string> BytesOf(const std::string& text) {
  std::string bytes(sizeof(in6_addr), '\0');
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  bytes.resize(sizeof(in_addr));
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return bytes;
  return std::nullopt;
}

bool Bit(const std::string& bytes, size_t at) {
  return (static_cast<unsigned char>(bytes[at / 8]) >> (7 - at % 8) & 1) != 0;
}

}  // namespace

IpAddress IpAddress::Of(std::string_view bytes) {
  if (bytes.starts_with(kMappedPrefix)) bytes.remove_prefix(kMappedPrefix.size());
  return {std::string(bytes)};
}

std::string TextOf(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const int family = address.bytes.size() == sizeof(in_addr) ? AF_INET : AF_INET6;
  if (address.bytes.empty()) return "not an IP address";
  inet_ntop(family, address.bytes.data(), text.data(), text.size());
  return text.data();
}

StatusOr<IpNetwork> IpNetwork::Parse(const std::string& text) {
  const size_t slash = text.find('/');
  const auto bytes = BytesOf(text.substr(0, slash));
  if (!bytes) {
    return Error(StatusCode::kInvalidArgument, "is neither an address nor a network");
  }
  const size_t most = bytes->size() * 8;
  size_t bits = most;
  if (slash != std::string::npos) {
    const char* const end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data() + slash + 1, end, bits);
    if (error != std::errc{} || parsed != end || bits > most) {
      return Error(StatusCode::kInvalidArgument,
                   Cat("has a prefix that is not a number from 0 to ", most));
    }
  }
  for (size_t at = bits; at < most; ++at) {
    if (Bit(*bytes, at)) {
      return Error(StatusCode::kInvalidArgument,
                   Cat("has bits set behind the first ", bits, ", its prefix"));
    }
  }
  IpAddress address = IpAddress::Of(*bytes);
  const size_t cut = most - address.bytes.size() * 8;  // of an IPv4 network in IPv6
  return IpNetwork(std::move(address), bits - std::min(bits, cut));
}

bool IpNetwork::Contains(const IpAddress& address) const {
  if (address.bytes.size() != address_.bytes.size()) return false;
  for (size_t at = 0; at < bits_; ++at) {
    if (Bit(address.bytes, at) != Bit(address_.bytes, at)) return false;
  }
  return true;
}

}  // namespace godwit
