#include "cli/client/fleet_client.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "base/endpoint.h"
#include "base/text.h"
#include "proto/godwit/v1/fleet.grpc.pb.h"

namespace godwit::cli {
namespace {

constexpr int kMessageBytesMax = 4 << 20;
constexpr int64_t kShortCallSeconds = 30;
// An export may be long; it must still end when the collector hangs.
constexpr int64_t kExportSeconds = 24 * 3600;

void SetDeadline(grpc::ClientContext& context, int64_t seconds) {
  context.set_deadline(
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), gpr_time_from_seconds(seconds, GPR_TIMESPAN)));
}

template <typename Page, typename OnPage>
grpc::Status Drain(grpc::ClientContext& context, grpc::ClientReaderInterface<Page>& reader,
                   const OnPage& on_page) {
  Page page;
  while (reader.Read(&page)) {
    if (on_page(page)) continue;
    context.TryCancel();
    reader.Finish();
    return grpc::Status::OK;
  }
  return reader.Finish();
}

}  // namespace

struct FleetClient::Stub {
  std::unique_ptr<v1::Fleet::Stub> fleet;
  std::string collector;

  Status Convert(const grpc::Status& status) const {
    if (status.ok()) return absl::OkStatus();
    if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
      return Error(StatusCode::kUnavailable,
                   Cat("no collector answers at ", collector, " (", status.error_message(),
                       "); is it running? --collector or GODWIT_COLLECTOR names another"));
    }
    return Error(static_cast<StatusCode>(status.error_code()), status.error_message());
  }
};

FleetClient::FleetClient(std::unique_ptr<Stub> stub, std::string collector)
    : stub_(std::move(stub)), collector_(std::move(collector)) {}
FleetClient::~FleetClient() = default;

StatusOr<std::unique_ptr<FleetClient>> FleetClient::Connect(const std::string& collector,
                                                            bool insecure) {
  GODWIT_RETURN_IF_ERROR(Annotate(CheckEndpoint(collector), "--collector"));
  if (!insecure && !IsLoopback(collector)) {
    return Error(StatusCode::kInvalidArgument,
                 Cat("--collector ", collector,
                     " is beyond this machine, and the call is in the "
                     "clear: tunnel it (ssh -L 7444:127.0.0.1:7444 HOST), or add --insecure"));
  }
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  arguments.SetMaxReceiveMessageSize(kMessageBytesMax);
  auto stub =
      std::make_unique<Stub>(Stub{v1::Fleet::NewStub(grpc::CreateCustomChannel(
                                      collector, grpc::InsecureChannelCredentials(), arguments)),
                                  collector});
  return std::unique_ptr<FleetClient>(new FleetClient(std::move(stub), collector));
}

Status FleetClient::ListDevices(const OnDevice& on_device) {
  grpc::ClientContext context;
  SetDeadline(context, kShortCallSeconds);
  const auto reader = stub_->fleet->ListDevices(&context, v1::ListDevicesRequest());
  return stub_->Convert(Drain(context, *reader, [&](const v1::ListDevicesResponse& page) {
    for (const v1::DeviceSummary& device : page.devices()) {
      if (!on_device(device)) return false;
    }
    return true;
  }));
}

Status FleetClient::GetLatest(const v1::GetLatestRequest& request, const OnPage& on_page) {
  grpc::ClientContext context;
  SetDeadline(context, kShortCallSeconds);
  const auto reader = stub_->fleet->GetLatest(&context, request);
  return stub_->Convert(Drain(context, *reader, on_page));
}

Status FleetClient::Export(const v1::ExportRequest& request, const OnPage& on_page) {
  grpc::ClientContext context;
  SetDeadline(context, kExportSeconds);
  const auto reader = stub_->fleet->Export(&context, request);
  return stub_->Convert(Drain(context, *reader, on_page));
}

Status FleetClient::ListGaps(const v1::ListGapsRequest& request, const OnGaps& on_gaps) {
  grpc::ClientContext context;
  SetDeadline(context, kExportSeconds);
  const auto reader = stub_->fleet->ListGaps(&context, request);
  return stub_->Convert(Drain(context, *reader, on_gaps));
}

}  // namespace godwit::cli
