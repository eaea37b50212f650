#include "cli/client/fleet_client.h"

#include <grpcpp/grpcpp.h>

#include <cstdint>
#include <utility>

#include "base/endpoint.h"
#include "base/foreign_text.h"
#include "base/mutex.h"
#include "base/text.h"
#include "proto/godwit/v1/fleet.grpc.pb.h"
#include "proto/grpc_log.h"

namespace godwit::cli {
namespace {

constexpr int kMessageBytesMax = 4 << 20;
constexpr int64_t kShortCallSeconds = 30;
// An export may be long; it must still end when the collector hangs.
constexpr int64_t kLongCallSeconds = 24 * 3600;
constexpr int64_t kTailSeconds = 30 * 24 * 3600;

void SetDeadline(grpc::ClientContext& context, int64_t seconds) {
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(seconds, GPR_TIMESPAN)));
}

}  // namespace

struct FleetClient::Stub {
  std::unique_ptr<v1::Fleet::Stub> fleet;
  std::string collector;
  Mutex mutex;
  grpc::ClientContext* under_way ABSL_GUARDED_BY(mutex) = nullptr;
  bool cancelled ABSL_GUARDED_BY(mutex) = false;

  Status Convert(const grpc::Status& status) const {
    if (status.ok()) return absl::OkStatus();
    const std::string message = ForeignText(status.error_message());
    // What is not gRPC's own word comes from a collector that answers: "the collector is stopping".
    const bool is_answer = message.starts_with("the collector");
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE && !is_answer) {
      return Error(
          StatusCode::kUnavailable,
          Cat("no collector answers at ", collector, " (", message,
              "); check that it runs, or name another one with --collector or GODWIT_COLLECTOR"));
    }
    if (status.error_code() == grpc::StatusCode::UNIMPLEMENTED) {
      return Error(StatusCode::kUnimplemented,
                   Cat("the collector at ", collector,
                       " is too old for this command; upgrade the collector"));
    }
    return Error(static_cast<StatusCode>(status.error_code()), message);
  }

  void Enter(grpc::ClientContext& context) {
    const MutexLock lock(mutex);
    under_way = &context;
    if (cancelled) context.TryCancel();
  }
  void Leave() {
    const MutexLock lock(mutex);
    under_way = nullptr;
  }

  // `start` begins a call that streams pages.
  template <typename Page, typename Start>
  Status Stream(int64_t seconds, const Start& start, const OnPage<Page>& on_page) {
    grpc::ClientContext context;
    SetDeadline(context, seconds);
    Enter(context);
    const auto reader = start(context);
    Page page;
    bool left = false;
    while (reader->Read(&page)) {
      left = !on_page(page);
      if (!left) continue;
      context.TryCancel();
      break;
    }
    const grpc::Status status = reader->Finish();
    Leave();
    return left ? absl::OkStatus() : Convert(status);
  }

  // All pages as one. A collector that is too old for them has one message, or refuses.
  template <typename Request, typename Page>
  StatusOr<Page> AskForPages(
      std::unique_ptr<grpc::ClientReader<Page>> (v1::Fleet::Stub::*pages)(grpc::ClientContext*,
                                                                          const Request&),
      grpc::Status (v1::Fleet::Stub::*message)(grpc::ClientContext*, const Request&, Page*),
      const Request& request) {
    Page all;
    const Status status = Stream<Page>(
        kShortCallSeconds,
        [&](grpc::ClientContext& context) { return (fleet.get()->*pages)(&context, request); },
        [&](const Page& page) {
          all.MergeFrom(page);
          return true;
        });
    if (absl::IsUnimplemented(status)) return Ask(message, request);
    GODWIT_RETURN_IF_ERROR(status);
    return all;
  }

  template <typename Request, typename Response>
  StatusOr<Response> Ask(grpc::Status (v1::Fleet::Stub::*call)(grpc::ClientContext*, const Request&,
                                                               Response*),
                         const Request& request) {
    grpc::ClientContext context;
    SetDeadline(context, kShortCallSeconds);
    Response response;
    Enter(context);
    const grpc::Status status = (fleet.get()->*call)(&context, request, &response);
    Leave();
    GODWIT_RETURN_IF_ERROR(Convert(status));
    return response;
  }
};

FleetClient::FleetClient(std::unique_ptr<Stub> stub) : stub_(std::move(stub)) {}
FleetClient::~FleetClient() = default;

StatusOr<std::unique_ptr<FleetClient>> FleetClient::Connect(const std::string& collector,
                                                            bool insecure) {
  GODWIT_RETURN_IF_ERROR(Annotate(CheckEndpoint(collector), "--collector"));
  if (!insecure && !IsLoopback(collector)) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("--collector ", collector,
                     " is on another machine, and the connection would be plaintext; use a tunnel "
                     "(ssh -L 7444:127.0.0.1:7444 HOST), or add --insecure"));
  }
  TakeGrpcLog();
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  auto stub = std::make_unique<Stub>();
  stub->collector = collector;
  stub->fleet = v1::Fleet::NewStub(
      grpc::CreateCustomChannel(collector, grpc::InsecureChannelCredentials(), arguments));
  return std::unique_ptr<FleetClient>(new FleetClient(std::move(stub)));
}

void FleetClient::Cancel() {
  const MutexLock lock(stub_->mutex);
  stub_->cancelled = true;
  if (stub_->under_way != nullptr) stub_->under_way->TryCancel();
}

Status FleetClient::ListDevices(const OnPage<v1::ListDevicesResponse>& on_page) {
  return stub_->Stream(
      kShortCallSeconds,
      [&](grpc::ClientContext& context) {
        return stub_->fleet->ListDevices(&context, v1::ListDevicesRequest());
      },
      on_page);
}

Status FleetClient::GetLatest(const v1::GetLatestRequest& request,
                              const OnPage<v1::SamplePage>& on_page) {
  return stub_->Stream(
      kShortCallSeconds,
      [&](grpc::ClientContext& context) { return stub_->fleet->GetLatest(&context, request); },
      on_page);
}

Status FleetClient::Export(const v1::ExportRequest& request,
                           const OnPage<v1::SamplePage>& on_page) {
  return stub_->Stream(
      kLongCallSeconds,
      [&](grpc::ClientContext& context) { return stub_->fleet->Export(&context, request); },
      on_page);
}

Status FleetClient::Query(const v1::QueryRequest& request, const OnPage<v1::SamplePage>& on_page) {
  return stub_->Stream(
      kLongCallSeconds,
      [&](grpc::ClientContext& context) { return stub_->fleet->Query(&context, request); },
      on_page);
}

Status FleetClient::Tail(const v1::TailRequest& request, const OnPage<v1::SamplePage>& on_page) {
  return stub_->Stream(
      kTailSeconds,
      [&](grpc::ClientContext& context) { return stub_->fleet->Tail(&context, request); }, on_page);
}

Status FleetClient::ListGaps(const v1::ListGapsRequest& request,
                             const OnPage<v1::ListGapsResponse>& on_page) {
  return stub_->Stream(
      kLongCallSeconds,
      [&](grpc::ClientContext& context) { return stub_->fleet->ListGaps(&context, request); },
      on_page);
}

Status FleetClient::ListSeries(const v1::ListSeriesRequest& request,
                               const OnPage<v1::ListSeriesResponse>& on_page) {
  return stub_->Stream(
      kShortCallSeconds,
      [&](grpc::ClientContext& context) { return stub_->fleet->ListSeries(&context, request); },
      on_page);
}

StatusOr<v1::GetDeviceResponse> FleetClient::GetDevice(const v1::GetDeviceRequest& request) {
  return stub_->Ask(&v1::Fleet::Stub::GetDevice, request);
}

StatusOr<v1::GetStatusResponse> FleetClient::GetStatus() {
  return stub_->Ask(&v1::Fleet::Stub::GetStatus, v1::GetStatusRequest());
}

StatusOr<v1::SendCommandResponse> FleetClient::SendCommand(const v1::SendCommandRequest& request) {
  return stub_->Ask(&v1::Fleet::Stub::SendCommand, request);
}

StatusOr<v1::GetCommandResponse> FleetClient::GetCommand(const v1::GetCommandRequest& request) {
  return stub_->Ask(&v1::Fleet::Stub::GetCommand, request);
}

StatusOr<v1::ListCommandsResponse> FleetClient::ListCommands(
    const v1::ListCommandsRequest& request) {
  return stub_->Ask(&v1::Fleet::Stub::ListCommands, request);
}

StatusOr<v1::PushRevisionResponse> FleetClient::PushRevision(
    const v1::PushRevisionRequest& request) {
  return stub_->AskForPages(&v1::Fleet::Stub::PushRevisionInPages, &v1::Fleet::Stub::PushRevision,
                            request);
}

StatusOr<v1::ListConfigurationsResponse> FleetClient::ListConfigurations(
    const v1::ListConfigurationsRequest& request) {
  return stub_->AskForPages(&v1::Fleet::Stub::ListConfigurationsInPages,
                            &v1::Fleet::Stub::ListConfigurations, request);
}

StatusOr<v1::ListOffersResponse> FleetClient::ListOffers(const v1::ListOffersRequest& request) {
  return stub_->Ask(&v1::Fleet::Stub::ListOffers, request);
}

StatusOr<v1::GetRevisionResponse> FleetClient::GetRevision(const v1::GetRevisionRequest& request) {
  return stub_->Ask(&v1::Fleet::Stub::GetRevision, request);
}

StatusOr<v1::SetLabelsResponse> FleetClient::SetLabels(const v1::SetLabelsRequest& request) {
  return stub_->Ask(&v1::Fleet::Stub::SetLabels, request);
}

StatusOr<v1::ListRefusedDevicesResponse> FleetClient::ListRefusedDevices() {
  return stub_->Ask(&v1::Fleet::Stub::ListRefusedDevices, v1::ListRefusedDevicesRequest());
}

StatusOr<v1::AcknowledgeAlertsResponse> FleetClient::AcknowledgeAlerts(
    const v1::AcknowledgeAlertsRequest& request) {
  return stub_->Ask(&v1::Fleet::Stub::AcknowledgeAlerts, request);
}

Status FleetClient::FollowLog(const v1::FollowLogRequest& request,
                              const OnPage<v1::FollowLogResponse>& on_page) {
  return stub_->Stream(
      kTailSeconds,
      [&](grpc::ClientContext& context) { return stub_->fleet->FollowLog(&context, request); },
      on_page);
}

StatusOr<v1::ListAuditResponse> FleetClient::ListAudit(const v1::ListAuditRequest& request) {
  return stub_->Ask(&v1::Fleet::Stub::ListAudit, request);
}

}  // namespace godwit::cli
