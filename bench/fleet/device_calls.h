// The calls of a simulated device; only its own sources include it.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "agent/limits.h"
#include "agent/uplink/grpc/call.h"
#include "agent/uplink/grpc/completion.h"
#include "bench/fleet/device.h"
#include "proto/godwit/v1/device.grpc.pb.h"

namespace godwit::bench {

struct Device::Session {
  std::string token;  // empty until it is open
  double opened_at = 0;
  std::set<grpc::ClientContext*> calls;  // under way
};

// Shared by the completions under way.
template <typename Answer>
struct Device::Call {
  explicit Call(std::shared_ptr<Session> of) : session(std::move(of)) {
    session->calls.insert(&context);
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() { session->calls.erase(&context); }

  agent::CallResult result() const { return agent::ResultOf(status, context); }

  const std::shared_ptr<Session> session;
  grpc::ClientContext context;
  Answer response;
  grpc::Status status;
};

struct Device::CommandCall : Call<v1::ReceiveCommandsResponse> {
  using Call::Call;
  std::unique_ptr<grpc::ClientAsyncReader<v1::ReceiveCommandsResponse>> reader;
};

struct Device::UploadCall : Call<v1::UploadMetricsResponse> {
  using Call::Call;
  std::unique_ptr<grpc::ClientAsyncWriter<v1::UploadMetricsRequest>> writer;
  Seq first = 0;
  Seq next = 0;
  Seq last = 0;
};

template <typename Request, typename Response, typename Method>
void Device::Ask(Method method, const Request& request,
                 std::function<void(const agent::CallResult&, const Response&)> done) {
  struct Unary : Call<Response> {
    using Call<Response>::Call;
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> reader;
  };
  const auto call = std::make_shared<Unary>(session_);
  agent::SetDeadline(call->context, agent::kOpenSessionDeadline);
  // Only the first call of a session finds none; WatchAttempt ends its wait.
  call->context.set_wait_for_ready(true);
  call->reader = (stub_.get()->*method)(&call->context, request, &deps_.loop.queue());
  call->reader->Finish(&call->response, &call->status,
                       agent::Tag([this, call, done = std::move(done)](bool) {
                         if (call->session == session_) done(call->result(), call->response);
                       }));
}

}  // namespace godwit::bench
