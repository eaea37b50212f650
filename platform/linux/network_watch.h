// Reports changes of the machine's network: a link, an address or a route that comes or goes
// (rtnetlink). Only reads what the kernel sends by itself.
#pragma once

#include <memory>

#include "base/status.h"

namespace godwit {

struct NetworkChange {
  bool any = false;
  // True if an address that others can reach is gone: connections from it are dead.
  bool address_gone = false;
};

// Watches the network. Confined to its owner.
class NetworkWatch {
 public:
  [[nodiscard]] static StatusOr<std::unique_ptr<NetworkWatch>> Open();
  ~NetworkWatch();

  // Returns a descriptor that is readable when there is a change to take.
  int descriptor() const { return socket_; }
  // Returns all changes since the last call; never blocks.
  NetworkChange Take();

 private:
  explicit NetworkWatch(int socket) : socket_(socket) {}
  const int socket_;
};

}  // namespace godwit
