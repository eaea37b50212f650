#include "base/proxy_header.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace godwit {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kSignature = "\r\n\r\n\0\r\nQUIT\n"sv;
// The signature, version and command, family and protocol, and the length of the rest.
constexpr size_t kBeginBytes = 16;
constexpr unsigned kVersion = 2;
enum Command : unsigned { kLocal = 0, kProxy = 1 };
enum Family : unsigned { kIpv4 = 1, kIpv6 = 2, kLastFamily = 3 };
enum Protocol : unsigned { kStream = 1, kLastProtocol = 2 };

unsigned Byte(const std::string& bytes, size_t at) {
  return static_cast<unsigned char>(bytes[at]);
}

size_t LengthOf(const std::string& bytes) {
  return kBeginBytes + (Byte(bytes, 14) << 8 | Byte(bytes, 15));
}

Status Refuse(std::string_view what) {
  return Error(StatusCode::kInvalidArgument, what);
}

}  // namespace

size_t ProxyHeader::Wanted() const {
  const size_t whole = bytes_.size() < kBeginBytes ? kBeginBytes : LengthOf(bytes_);
  return whole - bytes_.size();
}

Status ProxyHeader::Take(std::string_view bytes) {
  bytes_.append(bytes);
  GODWIT_RETURN_IF_ERROR(CheckBegin());
  return Wanted() == 0 ? ReadSource() : absl::OkStatus();
}

Status ProxyHeader::CheckBegin() const {
  const size_t compared = std::min(bytes_.size(), kSignature.size());
  if (std::string_view(bytes_).substr(0, compared) != kSignature.substr(0, compared)) {
    return Refuse("no PROXY header of version 2");
  }
  if (bytes_.size() > 12) {
    const unsigned version = Byte(bytes_, 12) >> 4;
    const unsigned command = Byte(bytes_, 12) & 15;
    if (version != kVersion) return Refuse(Cat("a PROXY header of version ", version, ", not 2"));
    if (command > kProxy) return Refuse(Cat("a PROXY header with the unknown command ", command));
  }
  if (bytes_.size() > 13) {
    const unsigned family = Byte(bytes_, 13) >> 4;
    const unsigned protocol = Byte(bytes_, 13) & 15;
    if (family > kLastFamily || protocol > kLastProtocol) {
      return Refuse(Cat("a PROXY header of the unknown family ", family, ", protocol ", protocol));
    }
  }
  if (bytes_.size() >= kBeginBytes && LengthOf(bytes_) > kProxyHeaderBytesMax) {
    return Refuse(
        Cat("a PROXY header of ", LengthOf(bytes_), " bytes, of at most ", kProxyHeaderBytesMax));
  }
  return absl::OkStatus();
}

Status ProxyHeader::ReadSource() {
  const unsigned command = Byte(bytes_, 12) & 15;
  const unsigned family = Byte(bytes_, 13) >> 4;
  const unsigned protocol = Byte(bytes_, 13) & 15;
  if (command == kLocal || protocol != kStream || (family != kIpv4 && family != kIpv6)) {
    return absl::OkStatus();
  }
  const size_t size = family == kIpv4 ? 4 : 16;
  constexpr size_t kPorts = 4;
  if (bytes_.size() < kBeginBytes + 2 * size + kPorts) {
    return Refuse("a PROXY header that is too short for its addresses");
  }
  source_ = IpAddress::Of(std::string_view(bytes_).substr(kBeginBytes, size));
  return absl::OkStatus();
}

}  // namespace godwit
