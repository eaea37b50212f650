// Changes of the network come in flocks (a link, its addresses, its routes): the uplink is told of
// the flock.
#pragma once

#include <functional>
#include <memory>

#include "platform/linux/network_watch.h"
#include "platform/uv/uv_loop.h"

namespace godwit::agent {

// Loop-confined. Watches nothing where the sandbox forbids it.
class NetworkChangeDebouncer {
 public:
  using Changed = std::function<void(bool address_gone)>;

  // `loop` outlives it.
  NetworkChangeDebouncer(UvLoop& loop, Changed changed);

 private:
  void Collect();

  UvLoop& loop_;
  Changed changed_;
  std::unique_ptr<NetworkWatch> watch_;
  NetworkChange pending_;  // so far
  std::unique_ptr<Timer> timer_;
};

}  // namespace godwit::agent
