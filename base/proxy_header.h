// Parses the header of the PROXY protocol, version 2, with which a proxy names the client of a
// connection that it passes on (haproxy's doc/proxy-protocol.txt, 2.2). Pure: it gets bytes as they
// come, and no more than it asks for, because what follows belongs to the connection.
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

// The largest size of a header in bytes. Addresses take at most 216; the rest is extensions.
inline constexpr size_t kProxyHeaderBytesMax = 4096;

// A header that is being read. Thread-compatible.
class ProxyHeader {
 public:
  // Returns how many bytes of the header come next, as far as that is known; 0: it is complete.
  size_t Wanted() const;

  // Adds 1 to Wanted() bytes. kInvalidArgument, at the first wrong byte: this is not a header of
  // version 2, is longer than kProxyHeaderBytesMax, or has a command, a family or a protocol that
  // the version does not know. Must not be called again after an error.
  [[nodiscard]] Status Take(std::string_view bytes);

  // Returns the client's address. Empty if the connection is the proxy's own (LOCAL: a health
  // check), or if the proxy does not name a TCP address (UNSPEC, UNIX, datagrams). Valid only when
  // the header is complete.
  const std::optional<IpAddress>& source() const { return source_; }

 private:
  Status CheckBegin() const;
  Status ReadSource();

  std::string bytes_;
  std::optional<IpAddress> source_;
};

}  // namespace godwit
