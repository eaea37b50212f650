// A service served on loopback as the collector serves it: its own accept loop, all its arguments.
#pragma once

#include <memory>
#include <string>

#include "base/check.h"
#include "collector/ingest/listener.h"
#include "platform/linux/accept_loop.h"

namespace godwit {

class LoopbackServer {
 public:
  explicit LoopbackServer(grpc::Service& service, collector::ListenOptions options = {},
                          double connections_per_second = 1000) {
    options.address = "127.0.0.1:0";
    options.setting = "test";
    auto listener = collector::Listener::Open(options, service);
    GODWIT_CHECK(listener.ok());
    listener_ = *std::move(listener);
    auto accept = AcceptLoop::Open({.address = options.address,
                                    .connections_per_second = connections_per_second,
                                    .reserved_descriptors = 8});
    GODWIT_CHECK(accept.ok());
    accept_ = *std::move(accept);
    accept_->Start([this](int socket) { listener_->Serve(socket); });
  }
  ~LoopbackServer() {
    accept_->Stop();
    listener_->Shutdown(absl::ZeroDuration());
  }

  const std::string& address() const { return accept_->address(); }
  collector::Listener& listener() { return *listener_; }

 private:
  std::unique_ptr<collector::Listener> listener_;
  std::unique_ptr<AcceptLoop> accept_;
};

}  // namespace godwit
