// Accepts connections on an address and hands their sockets on, no faster than a token bucket
// allows, in turns of the addresses they come from (source_queue.h).
//
// Why not leave it to gRPC: in 1.51 a single EMFILE stops a listener for good. Here a process that
// runs out of descriptors sheds what comes until it has some again; a fleet that comes back all at
// once waits before it costs a TLS handshake each; and a flood from one address waits in a line of
// its own.
//
// A connection of a trusted proxy begins with a header that says whose it is
// (base/proxy_header.h); its source is that address. Of others no header is read.
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
  std::string address;  // host:port; port 0: one that the system chooses
  double connections_per_second = 200;
  double burst = 400;
  // Descriptors that connections leave to the rest of the process. At that limit a new connection
  // is closed, until others have ended.
  int reserved_descriptors = 64;
  // That wait for their turn, and an eighth of the descriptors at most. One more closes the newest
  // of the source with the most.
  size_t waiting = 8192;
  // One that has waited for longer is closed: devices give an attempt up after 5 s, handshake
  // included. With a line that is longer than that, each handshake would be for nothing.
  int patience_ms = 3000;
  // Each of their connections begins with a header: within this time, and so many may be without
  // it, but for an eighth of the descriptors at most.
  std::vector<IpNetwork> trusted_proxies = {};
  absl::Duration header_patience = absl::Seconds(5);
  size_t headers_awaited = 1024;
  // Called on the loop's own thread for each connection that is closed instead of handed on.
  std::function<void(const char* reason)> refused = [](const char*) {};
};

// Whether the host of "host:port" can be resolved, which Open needs. Nothing is bound. Blocks.
[[nodiscard]] Status CheckResolves(const std::string& address);

// Open, Start and Stop on one thread.
class AcceptLoop {
 public:
  // Takes the socket, non-blocking, as its own. Called on the loop's own thread.
  using OnConnection = std::function<void(int socket)>;

  // Binds and listens; nothing is accepted before Start. kUnavailable when the address is taken or
  // is none of this machine, kInvalidArgument when it cannot be resolved.
  [[nodiscard]] static StatusOr<std::unique_ptr<AcceptLoop>> Open(const AcceptOptions& options);
  ~AcceptLoop();

  // With the port the system chose where it was 0.
  const std::string& address() const;

  void Start(OnConnection on_connection);
  // Accepts no more; closes the listening sockets. Safe to call twice.
  void Stop();

 private:
  struct State;
  explicit AcceptLoop(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace godwit
