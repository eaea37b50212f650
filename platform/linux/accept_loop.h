// Accepts connections on an address and hands their sockets on, no faster than a token bucket
// allows. The addresses they come from take turns (source_queue.h).
//
// This is not left to gRPC, because in 1.51 a single EMFILE stops a listener for good. Here a
// process that runs out of descriptors drops new connections until it has some again; a fleet that
// comes back all at once waits before each device costs a TLS handshake; and a flood from one
// address waits in a queue of its own.
//
// A connection of a trusted proxy starts with a header that names its client (base/proxy_header.h);
// its source is that address. No header is read from others.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "base/ip_network.h"
#include "base/status.h"

namespace godwit {

struct AcceptOptions {
  std::string address;  // host:port; port 0: the system chooses one
  double connections_per_second = 200;
  double burst = 400;
  // The descriptors that connections leave to the rest of the process. At that limit a new
  // connection is closed, until others have ended.
  int reserved_descriptors = 64;
  // The most connections that wait for their turn, and at most an eighth of the descriptors. One
  // more closes the newest one of the source with the most.
  size_t waiting = 8192;
  // The longest wait; then a connection is closed. Devices time out after 5 s, handshake included,
  // so with a longer queue no handshake would succeed.
  int patience_ms = 3000;
  // The proxies whose connections start with a header, the time-out for it, and the most
  // connections that may be without it yet; at most an eighth of the descriptors.
  std::vector<IpNetwork> trusted_proxies = {};
  absl::Duration header_patience = absl::Seconds(5);
  size_t headers_awaited = 1024;
  // Called on the loop's own thread for each connection that is closed instead of handed on.
  std::function<void(const char* reason)> refused = [](const char*) {};
};

// Returns whether the host of "host:port" can be resolved, which Open needs. Binds nothing. Blocks.
[[nodiscard]] Status CheckResolves(const std::string& address);

// Accepts connections. Open, Start and Stop are called on one thread.
class AcceptLoop {
 public:
  // Takes over a non-blocking socket. Called on the loop's own thread.
  using OnConnection = std::function<void(int socket)>;

  // Binds and listens; accepts nothing before Start. kUnavailable: the address is in use or not one
  // of this machine; kInvalidArgument: it cannot be resolved.
  [[nodiscard]] static StatusOr<std::unique_ptr<AcceptLoop>> Open(const AcceptOptions& options);
  ~AcceptLoop();

  // Returns the address, with the port that the system chose if it was 0.
  const std::string& address() const;

  void Start(OnConnection on_connection);
  // Stops accepting, and closes the listening sockets. Safe to call twice.
  void Stop();

 private:
  struct State;
  explicit AcceptLoop(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace godwit
