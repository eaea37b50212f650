// Tells when the machine's network changes: a link, an address or a route that comes or goes
// (rtnetlink). Reads no more than what the kernel volunteers.
#pragma once

#include <memory>

#include "base/status.h"

namespace godwit {

struct NetworkChange {
  bool any = false;
  // An address that others can reach is gone: connections from it are dead.
  bool address_gone = false;
};

// Confined to its owner.
class NetworkWatch {
 public:
  [[nodiscard]] static StatusOr<std::unique_ptr<NetworkWatch>> Open();
  ~NetworkWatch();

  // Readable when there is something to take.
  int descriptor() const { return socket_; }
  // Everything since the last call; never blocks.
  NetworkChange Take();

 private:
  explicit NetworkWatch(int socket) : socket_(socket) {}
  const int socket_;
};

}  // namespace godwit
