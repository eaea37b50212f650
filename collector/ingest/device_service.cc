#include "collector/ingest/device_service.h"

#include <grpc/grpc_security_constants.h>
#include <grpcpp/grpcpp.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/names.h"
#include "base/status.h"
#include "proto/godwit/v1/device.grpc.pb.h"

namespace godwit::collector {
namespace {

grpc::Status EndCall(grpc::CallbackServerContext& context, const CallEnd& end) {
  if (end.retry_after) {
    context.AddTrailingMetadata(kRetryAfterTrailer,
                                std::to_string(absl::ToInt64Milliseconds(*end.retry_after)));
  }
  if (end.status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(end.status.code()), Message(end.status)};
}

std::vector<std::string> PropertyOf(const grpc::AuthContext& context, const char* name) {
  std::vector<std::string> values;
  for (const grpc::string_ref& value : context.FindPropertyValues(name)) {
    values.emplace_back(value.data(), value.size());
  }
  return values;
}

// Without TLS, and where no certificate is asked for, gRPC knows none of these.
Caller CallerOf(const grpc::CallbackServerContext& context) {
  Caller caller{.address = context.peer()};
  const auto auth = context.auth_context();
  if (auth == nullptr) return caller;
  caller.certificate = {.uris = PropertyOf(*auth, GRPC_PEER_URI_PROPERTY_NAME),
                        .dns_names = PropertyOf(*auth, GRPC_PEER_DNS_PROPERTY_NAME)};
  const auto names = PropertyOf(*auth, GRPC_X509_CN_PROPERTY_NAME);
  if (!names.empty()) caller.certificate.common_name = names.front();
  return caller;
}

// Lives until gRPC says OnDone, which comes after Finish and after every read; what was posted for
// it before is done by then, because its end is posted behind.
class UploadReactor final : public grpc::ServerReadReactor<v1::UploadMetricsRequest>,
                            public UploadPeer {
 public:
  UploadReactor(Ingest& ingest, Executor& executor, grpc::CallbackServerContext& context,
                v1::UploadMetricsResponse& response)
      : executor_(executor), context_(context), response_(response) {
    executor_.Post([this, &ingest, caller = CallerOf(context)] {
      sink_ = ingest.NewStream(*this, caller);
      sink_->Open();
    });
  }

  void OnReadDone(bool ok) override {
    executor_.Post([this, ok] {
      if (!ok) return sink_->HalfClose();
      sink_->Message(std::move(message_));
    });
  }
  void OnCancel() override {
    executor_.Post([this] { sink_->Cancel(); });
  }
  void OnDone() override {
    executor_.Post([this] { delete this; });
  }

  void Next() override {
    message_.Clear();
    StartRead(&message_);
  }
  void Finish(const CallEnd& end, const v1::UploadMetricsResponse& response) override {
    response_ = response;
    grpc::ServerReadReactor<v1::UploadMetricsRequest>::Finish(EndCall(context_, end));
  }

 private:
  Executor& executor_;
  grpc::CallbackServerContext& context_;
  v1::UploadMetricsResponse& response_;
  std::unique_ptr<UploadSink> sink_;
  v1::UploadMetricsRequest message_;
};

// As UploadReactor.
class CommandReactor final : public grpc::ServerWriteReactor<v1::ReceiveCommandsResponse>,
                             public CommandPeer {
 public:
  CommandReactor(Ingest& ingest, Executor& executor, grpc::CallbackServerContext& context,
                 const v1::ReceiveCommandsRequest& request)
      : executor_(executor), context_(context) {
    executor_.Post([this, &ingest, request, caller = CallerOf(context)] {
      sink_ = ingest.NewCommandStream(*this, request, caller);
      sink_->Open();
    });
  }

  void OnWriteDone(bool ok) override {
    // A write that failed is followed by the call's end.
    if (!ok) return;
    executor_.Post([this] { sink_->Sent(); });
  }
  void OnCancel() override {
    executor_.Post([this] { sink_->Cancel(); });
  }
  void OnDone() override {
    executor_.Post([this] { delete this; });
  }
  void Send(const v1::ReceiveCommandsResponse& message) override {
    message_ = message;
    StartWrite(&message_);
  }
  void Finish(const CallEnd& end) override {
    grpc::ServerWriteReactor<v1::ReceiveCommandsResponse>::Finish(EndCall(context_, end));
  }

 private:
  Executor& executor_;
  grpc::CallbackServerContext& context_;
  std::unique_ptr<CommandSink> sink_;
  v1::ReceiveCommandsResponse message_;
};

class DeviceService final : public v1::Device::CallbackService {
 public:
  DeviceService(Ingest& ingest, Executor& executor) : ingest_(ingest), executor_(executor) {}

  grpc::ServerUnaryReactor* OpenSession(grpc::CallbackServerContext* context,
                                        const v1::OpenSessionRequest* request,
                                        v1::OpenSessionResponse* response) override {
    const absl::Time heard = ingest_.WallNow();
    return Unary(*context, *request, *response,
                 [this, request, heard](auto done, CallerGone gone, const Caller& caller) {
                   ingest_.OpenSession(*request, heard, std::move(done), std::move(gone), caller);
                 });
  }

  grpc::ServerReadReactor<v1::UploadMetricsRequest>* UploadMetrics(
      grpc::CallbackServerContext* context, v1::UploadMetricsResponse* response) override {
    return new UploadReactor(ingest_, executor_, *context, *response);
  }

  grpc::ServerWriteReactor<v1::ReceiveCommandsResponse>* ReceiveCommands(
      grpc::CallbackServerContext* context, const v1::ReceiveCommandsRequest* request) override {
    return new CommandReactor(ingest_, executor_, *context, *request);
  }

  grpc::ServerUnaryReactor* ReportCommand(grpc::CallbackServerContext* context,
                                          const v1::ReportCommandRequest* request,
                                          v1::ReportCommandResponse* response) override {
    return Unary(*context, *request, *response, &Ingest::ReportCommand);
  }

  grpc::ServerUnaryReactor* FetchRevision(grpc::CallbackServerContext* context,
                                          const v1::FetchRevisionRequest* request,
                                          v1::FetchRevisionResponse* response) override {
    return Unary(*context, *request, *response, &Ingest::FetchRevision);
  }

  grpc::ServerUnaryReactor* ReportRevision(grpc::CallbackServerContext* context,
                                           const v1::ReportRevisionRequest* request,
                                           v1::ReportRevisionResponse* response) override {
    return Unary(*context, *request, *response, &Ingest::ReportRevision);
  }

  grpc::ServerUnaryReactor* ReportLog(grpc::CallbackServerContext* context,
                                      const v1::ReportLogRequest* request,
                                      v1::ReportLogResponse* response) override {
    return Unary(*context, *request, *response, &Ingest::ReportLog);
  }

 private:
  // `call` of ingest, on its executor; request and response live until the call is finished.
  template <typename Request, typename Response>
  grpc::ServerUnaryReactor* Unary(
      grpc::CallbackServerContext& context, const Request& request, Response& response,
      void (Ingest::*call)(const Request&, std::function<void(const CallEnd&, const Response&)>,
                           CallerGone, const Caller&)) {
    return Unary(context, request, response,
                 [this, &request, call](auto done, CallerGone gone, const Caller& caller) {
                   (ingest_.*call)(request, std::move(done), std::move(gone), caller);
                 });
  }
  template <typename Request, typename Response, typename Call>
  grpc::ServerUnaryReactor* Unary(grpc::CallbackServerContext& context, const Request& request,
                                  Response& response, Call call) {
    grpc::ServerUnaryReactor* const reactor = context.DefaultReactor();
    const size_t bytes = request.ByteSizeLong();
    executor_.Post([this, &context, &response, reactor, bytes, call = std::move(call),
                    caller = CallerOf(context)] {
      if (const auto refusal = ingest_.EnterCall(bytes)) {
        return reactor->Finish(EndCall(context, *refusal));
      }
      call(
          [this, bytes, &context, &response, reactor](const CallEnd& end, const Response& answer) {
            ingest_.LeaveCall(bytes);
            response = answer;
            reactor->Finish(EndCall(context, end));
          },
          // Asked before the end: the context is there until then.
          [&context] { return context.IsCancelled(); }, caller);
    });
    return reactor;
  }

  Ingest& ingest_;
  Executor& executor_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeDeviceService(Ingest& ingest, Executor& executor) {
  return std::make_unique<DeviceService>(ingest, executor);
}

}  // namespace godwit::collector
