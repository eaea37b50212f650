// The header of the PROXY protocol, version 2, in which a proxy says whose connection it passes on
// (haproxy's doc/proxy-protocol.txt, 2.2). Pure: it is given bytes as they come, and no more than
// it asks for, because what follows belongs to the connection.
//
// Extensions (TLVs) are skipped, CRC32C included: TCP has its own checksum.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/ip_network.h"
#include "base/status.h"

namespace godwit {

// Of a whole header. Addresses take 216 bytes at most; the rest is extensions.
inline constexpr size_t kProxyHeaderBytesMax = 4096;

// Thread-compatible.
class ProxyHeader {
 public:
  // How many bytes of it come next, as far as that is known; 0: it is whole.
  size_t Wanted() const;

  // Takes 1 to Wanted() bytes. kInvalidArgument, at the first byte that is wrong: this is no header
  // of version 2, is longer than kProxyHeaderBytesMax, or has a command, a family or a protocol
  // that the version does not know. Nothing more may be given then.
  [[nodiscard]] Status Take(std::string_view bytes);

  // Whose connection it is. Nothing when it is the proxy's own (LOCAL: a health check), or when the
  // proxy does not say it in a TCP address (UNSPEC, UNIX, datagrams). Only of a whole one.
  const std::optional<IpAddress>& source() const { return source_; }

 private:
  Status CheckBegin() const;
  Status ReadSource();

  std::string bytes_;
  std::optional<IpAddress> source_;
};

}  // namespace godwit
