// Debounces changes of the network. They come in bursts (a link, its addresses, its routes); the
// uplink is notified once for each burst.
#pragma once

#include <functional>
#include <memory>

#include "platform/linux/network_watch.h"
#include "platform/uv/uv_loop.h"

namespace godwit::agent {

// Notifies of each burst of changes once. Loop-confined. Watches nothing where the sandbox forbids
// it.
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
