#include "agent/uplink/grpc/grpc_transport.h"

#include <grpcpp/grpcpp.h>
#include <pthread.h>

#include <atomic>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "agent/uplink/grpc/call.h"
#include "agent/uplink/grpc/completion.h"
#include "agent/uplink/grpc/connection_failure.h"
#include "agent/uplink/grpc/loop_timers.h"
#include "agent/uplink/grpc/quiet_engine.h"
#include "agent/uplink/grpc/unary_call.h"
#include "agent/uplink/grpc/watched_link.h"
#include "base/alive.h"
#include "base/check.h"
#include "proto/godwit/v1/device.grpc.pb.h"

namespace godwit::agent {
namespace {

// A probe of a failed handshake, and how soon again for the same words.
constexpr absl::Duration kProbePatience = absl::Seconds(2);
constexpr absl::Duration kProbeAgain = absl::Minutes(10);

CallResult ToResult(const grpc::Status& status, const grpc::ClientContext& context,
                    const WatchedLink& link) {
  // gRPC only sees that its socket is closed.
  if (!status.ok() && !link.dead().empty()) {
    return {.status = Error(StatusCode::kUnavailable, link.dead())};
  }
  return ResultOf(status, context);
}

// An upload: shared by the handle that its owner holds and the completions under way.
struct UploadCall {
  grpc::ClientContext context;
  v1::UploadMetricsResponse response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncWriter<v1::UploadMetricsRequest>> writer;
  UploadObserver* observer = nullptr;  // null once it knows of the end or the handle is gone
  std::shared_ptr<WatchedLink> link;
  bool writing = false;
};

}  // namespace

struct GrpcTransport::Wire {
  ChannelOptions options;
  Executor& loop;
  const Clock& clock;
  grpc::CompletionQueue queue;
  LoopTimers timers{loop, [this] { WatchLink(); }};
  std::shared_ptr<WatchedLink> link;               // null before the first OpenSession
  std::vector<std::weak_ptr<UploadCall>> uploads;  // on that link
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::Device::Stub> stub;
  std::atomic<bool> closing = false;
  std::thread thread;
  // The last look into a failed handshake: not again for the same words so soon.
  std::string probed_message;
  std::string diagnosis;
  absl::Duration probed_at = -absl::InfiniteDuration();
  bool probing = false;
  std::thread probe;
  Alive alive;  // asked on the loop

  Wire(const ChannelOptions& channel_options, Executor& loop_executor, const Clock& a_clock)
      : options(channel_options), loop(loop_executor), clock(a_clock) {}

  template <typename Request, typename Response>
  std::unique_ptr<PendingCall> Call(std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (
                                        v1::Device::Stub::*start)(grpc::ClientContext*,
                                                                  const Request&,
                                                                  grpc::CompletionQueue*),
                                    const Request& request, absl::Duration deadline,
                                    std::function<void(const CallResult&, const Response&)> done);

  // Gives the connection up when it is dead, and passes on that it moves.
  void WatchLink();

  // Calls `done` on the loop, with a better message where one is found.
  void Explain(CallResult result, std::function<void(const CallResult&)> done);

  void Run() {
    pthread_setname_np(pthread_self(), "wire");
    void* tag = nullptr;
    bool ok = false;
    while (queue.Next(&tag, &ok)) {
      std::unique_ptr<Completion> completion = TakeBack(tag);
      // When it closes the calls are cancelled, and nobody waits for any of them.
      if (closing || !completion->wakes_loop) continue;
      // The task may run when a reload has replaced the transport: continuing the call then would
      // use a queue that is shut down.
      loop.Post([completion = std::move(completion), ok, is_alive = alive.Refer()] {
        if (is_alive) completion->task(ok);
      });
    }
  }
};

namespace {

class UploadHandle final : public UploadStream {
 public:
  UploadHandle(std::shared_ptr<UploadCall> call, LoopTimers& timers)
      : call_(std::move(call)), timers_(timers) {}
  ~UploadHandle() override {
    call_->observer = nullptr;
    call_->context.TryCancel();
  }

  // One write at a time is the port's contract (transport.h), which OutgoingStream keeps: no peer
  // brings a write about.
  void Write(const v1::UploadMetricsRequest& message) override {
    GODWIT_CHECK(!call_->writing);
    call_->writing = true;
    timers_.Hurry();
    call_->writer->Write(message, Tag([call = call_](bool ok) {
                           call->writing = false;
                           // A failed write says nothing of its own: the call's end, with its
                           // reason, is on the way.
                           if (!ok || call->observer == nullptr) return;
                           call->observer->OnWritten();
                         }));
  }

  void WriteLast(const v1::UploadMetricsRequest& message) override {
    GODWIT_CHECK(!call_->writing);
    call_->writer->WriteLast(message, grpc::WriteOptions(), QuietTag(call_));
  }

  void WritesDone() override {
    GODWIT_CHECK(!call_->writing);
    call_->writer->WritesDone(QuietTag(call_));
  }

 private:
  std::shared_ptr<UploadCall> call_;
  LoopTimers& timers_;
};

struct CommandCall {
  grpc::ClientContext context;
  v1::ReceiveCommandsResponse response;
  grpc::Status status;
  std::unique_ptr<grpc::ClientAsyncReader<v1::ReceiveCommandsResponse>> reader;
  std::shared_ptr<WatchedLink> link;
  CommandObserver* observer = nullptr;  // null once it knows of the end or the handle is gone
};

void FinishCommands(const std::shared_ptr<CommandCall>& call) {
  call->reader->Finish(&call->status, Tag([call](bool) {
    if (CommandObserver* const observer = std::exchange(call->observer, nullptr)) {
      observer->OnCommandsClosed(ToResult(call->status, call->context, *call->link));
    }
  }));
}

void ReadCommands(const std::shared_ptr<CommandCall>& call) {
  call->reader->Read(&call->response, Tag([call](bool ok) {
    if (!ok) return FinishCommands(call);
    if (call->observer != nullptr) call->observer->OnMessage(call->response);
    call->response.Clear();
    ReadCommands(call);
  }));
}

class CommandHandle final : public PendingCall {
 public:
  explicit CommandHandle(std::shared_ptr<CommandCall> call) : call_(std::move(call)) {}
  ~CommandHandle() override {
    call_->observer = nullptr;
    call_->context.TryCancel();
  }

 private:
  std::shared_ptr<CommandCall> call_;
};

}  // namespace

void GrpcTransport::Wire::WatchLink() {
  if (link == nullptr) return;
  const LinkWatch::Verdict verdict = link->Check(clock.Boot());
  if (verdict.at_rest) timers.Rest();
  if (!verdict.moved) return;
  for (const std::weak_ptr<UploadCall>& upload : uploads) {
    const auto call = upload.lock();
    if (call != nullptr && call->observer != nullptr) call->observer->OnProgress();
  }
}

void GrpcTransport::Wire::Explain(CallResult result, std::function<void(const CallResult&)> done) {
  const ConnectionFailure judged = JudgeFailure(options, result.status);
  const auto report = [result, done](const std::string& meaning) {
    CallResult explained = result;
    explained.status = Explained(result.status, meaning);
    done(explained);
  };
  if (judged.probe_address.empty() || probing) return report(judged.meaning);
  // Not as people read it: the address may be hidden there.
  const std::string message(result.status.message().data(), result.status.message().size());
  if (message == probed_message && clock.Boot() - probed_at < kProbeAgain) return report(diagnosis);
  if (probe.joinable()) probe.join();  // done long ago
  probed_message = message;
  probed_at = clock.Boot();
  probing = true;
  const TimeOfDay time{clock.Wall(), clock.WallSynchronised()};
  probe = std::thread([this, failure = result.status, time, report] {
    pthread_setname_np(pthread_self(), "tls-probe");
    std::string meaning = MeaningOf(options, failure, time, kProbePatience);
    loop.Post([this, is_alive = alive.Refer(), meaning = std::move(meaning), report] {
      if (!is_alive) return;
      probing = false;
      diagnosis = meaning;
      report(meaning);
    });
  });
}

GrpcTransport::GrpcTransport(const ChannelOptions& options, Executor& loop, const Clock& clock) {
  UseQuietEngine();
  wire_ = std::make_unique<Wire>(options, loop, clock);
  wire_->thread = std::thread([wire = wire_.get()] { wire->Run(); });
}

GrpcTransport::~GrpcTransport() {
  wire_->closing = true;
  wire_->alive.End();
  // The calls are cancelled: what is left of them goes with the wire thread, and only then the
  // channel they were made on.
  wire_->queue.Shutdown();
  wire_->thread.join();
  wire_->stub.reset();
  wire_->channel.reset();
  if (wire_->probe.joinable()) wire_->probe.join();
}

std::unique_ptr<PendingCall> GrpcTransport::OpenSession(const v1::OpenSessionRequest& request,
                                                        absl::Duration deadline,
                                                        SessionOpened opened) {
  GODWIT_CHECK_RUNS_ON(wire_->loop);
  wire_->timers.Hurry();
  wire_->link = std::make_shared<WatchedLink>(wire_->options);
  wire_->uploads.clear();
  wire_->channel = MakeChannel(wire_->options, wire_->link->socket());
  wire_->stub = v1::Device::NewStub(wire_->channel);
  auto call = std::make_shared<UnaryCall<v1::OpenSessionResponse>>();
  call->done = std::move(opened);
  call->link = wire_->link;
  SetDeadline(call->context, deadline);
  call->reader = wire_->stub->AsyncOpenSession(&call->context, request, &wire_->queue);
  call->reader->Finish(&call->response, &call->status, Tag([call, wire = wire_.get()](bool) {
    if (!call->done) return;
    wire->Explain(ToResult(call->status, call->context, *call->link),
                  [call](const CallResult& result) { call->Finish(result); });
  }));
  return std::make_unique<UnaryHandle<v1::OpenSessionResponse>>(call);
}

// A call on the connection there is.
template <typename Request, typename Response>
std::unique_ptr<PendingCall> GrpcTransport::Wire::Call(
    std::unique_ptr<grpc::ClientAsyncResponseReader<Response>> (v1::Device::Stub::*start)(
        grpc::ClientContext*, const Request&, grpc::CompletionQueue*),
    const Request& request, absl::Duration deadline,
    std::function<void(const CallResult&, const Response&)> done) {
  GODWIT_CHECK_RUNS_ON(loop);
  timers.Hurry();
  auto call = std::make_shared<UnaryCall<Response>>();
  call->done = std::move(done);
  call->link = link;
  SetDeadline(call->context, deadline);
  call->reader = (stub.get()->*start)(&call->context, request, &queue);
  call->reader->Finish(&call->response, &call->status, Tag([call](bool) {
    call->Finish(ToResult(call->status, call->context, *call->link));
  }));
  return std::make_unique<UnaryHandle<Response>>(call);
}

std::unique_ptr<PendingCall> GrpcTransport::ReportCommand(const v1::ReportCommandRequest& request,
                                                          absl::Duration deadline,
                                                          CommandReported reported) {
  return wire_->Call(&v1::Device::Stub::AsyncReportCommand, request, deadline, std::move(reported));
}

std::unique_ptr<PendingCall> GrpcTransport::FetchRevision(const v1::FetchRevisionRequest& request,
                                                          absl::Duration deadline,
                                                          RevisionFetched fetched) {
  return wire_->Call(&v1::Device::Stub::AsyncFetchRevision, request, deadline, std::move(fetched));
}

std::unique_ptr<PendingCall> GrpcTransport::ReportRevision(const v1::ReportRevisionRequest& request,
                                                           absl::Duration deadline,
                                                           RevisionReported reported) {
  return wire_->Call(&v1::Device::Stub::AsyncReportRevision, request, deadline,
                     std::move(reported));
}

std::unique_ptr<PendingCall> GrpcTransport::ReportLog(const v1::ReportLogRequest& request,
                                                      absl::Duration deadline,
                                                      LogReported reported) {
  return wire_->Call(&v1::Device::Stub::AsyncReportLog, request, deadline, std::move(reported));
}

std::unique_ptr<UploadStream> GrpcTransport::StartUpload(absl::Duration deadline,
                                                         UploadObserver& observer) {
  GODWIT_CHECK_RUNS_ON(wire_->loop);
  auto call = std::make_shared<UploadCall>();
  call->observer = &observer;
  call->link = wire_->link;
  std::erase_if(wire_->uploads, [](const auto& upload) { return upload.expired(); });
  wire_->uploads.push_back(call);
  SetDeadline(call->context, deadline);
  // The call begins with its first message, in one packet with it.
  call->context.set_initial_metadata_corked(true);
  call->writer =
      wire_->stub->PrepareAsyncUploadMetrics(&call->context, &call->response, &wire_->queue);
  call->writer->StartCall(nullptr);  // corked, it completes nothing
  // Asked for at once, not after the last write: a server that ends the call early is noticed then.
  call->writer->Finish(&call->status, Tag([call](bool) {
    if (call->observer == nullptr) return;
    UploadObserver* observer_to_notify = std::exchange(call->observer, nullptr);
    observer_to_notify->OnClosed(ToResult(call->status, call->context, *call->link),
                                 call->response);
  }));
  return std::make_unique<UploadHandle>(call, wire_->timers);
}

std::unique_ptr<PendingCall> GrpcTransport::ReceiveCommands(
    const v1::ReceiveCommandsRequest& request, absl::Duration deadline, CommandObserver& observer) {
  GODWIT_CHECK_RUNS_ON(wire_->loop);
  wire_->timers.Hurry();
  auto call = std::make_shared<CommandCall>();
  call->observer = &observer;
  call->link = wire_->link;
  SetDeadline(call->context, deadline);
  call->reader = wire_->stub->PrepareAsyncReceiveCommands(&call->context, request, &wire_->queue);
  call->reader->StartCall(Tag([call](bool ok) { ok ? ReadCommands(call) : FinishCommands(call); }));
  return std::make_unique<CommandHandle>(call);
}

}  // namespace godwit::agent
