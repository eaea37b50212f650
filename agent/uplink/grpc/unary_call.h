// A gRPC call with one request and one response. Only for files that use gRPC: this header includes
// it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <utility>

#include "agent/uplink/grpc/watched_link.h"
#include "agent/uplink/transport.h"

namespace godwit::agent {

// The state of a call, shared by the handle that its owner holds and the completions under way.
template <typename Response>
struct UnaryCall {
  grpc::ClientContext context;
  Response response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
  std::shared_ptr<WatchedLink> link;  // says why the connection was closed, if it was
  // The callback; empty once it was called or the handle is destroyed.
  std::function<void(const CallResult&, const Response&)> done;

  // Calls `done`, unless that has happened or the handle is destroyed. Loop-confined.
  void Finish(const CallResult& result) {
    if (!done) return;
    std::exchange(done, nullptr)(result, response);
  }
};

// The owner's handle. Loop-confined. Destroying it cancels the call, whose `done` is then not
// called.
template <typename Response>
class UnaryHandle final : public PendingCall {
 public:
  explicit UnaryHandle(std::shared_ptr<UnaryCall<Response>> call) : call_(std::move(call)) {}
  ~UnaryHandle() override {
    call_->done = nullptr;
    call_->context.TryCancel();
  }

 private:
  std::shared_ptr<UnaryCall<Response>> call_;
};

}  // namespace godwit::agent
