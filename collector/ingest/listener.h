// A gRPC server: its credentials, and every argument with its reason. Both services are served by
// one of their own. It listens on nothing itself: connections are accepted for it
// (platform/linux/accept_loop.h says why) and handed over.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/status.h"

namespace grpc {
class ServerBuilder;
class ServerCredentials;
class Service;
}  // namespace grpc

namespace godwit::collector {

struct ListenOptions {
  std::string address;  // that it is reached at
  std::string setting;  // the name of the setting it comes from, for messages
  // None: it is plaintext. Where it may be so is for the settings to say.
  std::shared_ptr<grpc::ServerCredentials> credentials;
};

// Every argument; apart, so that tests can take one away and see what it is for.
void ConfigureServer(grpc::ServerBuilder& builder);

// Confined to the thread that made it, but for the connections it is handed, from any.
class Listener {
 public:
  // kInvalidArgument: gRPC does not take the credentials.
  [[nodiscard]] static StatusOr<std::unique_ptr<Listener>> Open(const ListenOptions& options,
                                                                grpc::Service& service);
  ~Listener();

  // Serves a connection; owns its socket from here on. Thread-safe, until Shutdown.
  void Serve(int socket);

  // Refuses new calls, waits for those under way, cancels what is left after `deadline`, and cuts
  // off the connections that are not closed kCutOffAfter later. How many those were.
  size_t Shutdown(absl::Duration deadline);

 private:
  struct Server;
  explicit Listener(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace godwit::collector
