// A gRPC server: its credentials, and every argument with its reason. Each of the two services has
// its own server. It does not listen itself: connections are accepted for it
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
  // The credentials. Null: plaintext; the settings decide where that is allowed.
  std::shared_ptr<grpc::ServerCredentials> credentials;
};

// Sets every argument. A function of its own, so that tests can remove an argument and see what it
// is for.
void ConfigureServer(grpc::ServerBuilder& builder);

// The server. Confined to the thread that made it; connections may be handed over from any thread.
class Listener {
 public:
  // Opens a server. kInvalidArgument: gRPC refuses the credentials.
  [[nodiscard]] static StatusOr<std::unique_ptr<Listener>> Open(const ListenOptions& options,
                                                                grpc::Service& service);
  ~Listener();

  // Serves a connection and owns its socket from here on. Thread-safe, until Shutdown.
  void Serve(int socket);

  // Refuses new calls, waits for those under way, cancels the rest after `deadline`, and cuts off
  // the connections that are not closed kCutOffAfter later. Returns how many those were.
  size_t Shutdown(absl::Duration deadline);

 private:
  struct Server;
  explicit Listener(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace godwit::collector
