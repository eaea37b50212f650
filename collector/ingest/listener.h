// A gRPC server on one address: its credentials, and every argument with its reason. Both services
// are served by one of their own.
#pragma once

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "base/status.h"

namespace grpc {
class Service;
}

namespace godwit::collector {

struct ListenOptions {
  std::string address;
  std::string setting;  // the name of the setting it comes from, for messages
  bool insecure = false;
  // PEM, already read. Without a certificate the listener is plaintext; with a CA clients need a
  // certificate of it.
  std::string ca;
  std::string certificate;
  std::string key;
};

class Listener {
 public:
  // kInvalidArgument: plaintext beyond loopback without `insecure`, or no such address;
  // kUnavailable: the address is taken.
  [[nodiscard]] static StatusOr<std::unique_ptr<Listener>> Open(const ListenOptions& options,
                                                                grpc::Service& service);
  ~Listener();

  // The address in use: with the port the system chose where the setting said 0.
  const std::string& address() const { return address_; }

  // Refuses new calls, waits for those under way, cancels what is left after `deadline`.
  void Shutdown(absl::Duration deadline);

 private:
  struct Server;
  Listener(std::unique_ptr<Server> server, std::string address);
  std::unique_ptr<Server> server_;
  std::string address_;
};

}  // namespace godwit::collector
