#include "collector/ingest/listener.h"

#include <grpc/grpc.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/resource_quota.h>

#include <atomic>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "collector/ingest/ingest_limits.h"
#include "platform/linux/alarm.h"
#include "platform/linux/served_sockets.h"

namespace godwit::collector {
namespace {

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

// For the rest of the process. gRPC's own end comes with the last of its objects, and joins its
// threads: the one that watches connections whose write did not go through at once sleeps for up to
// 10 s, also when all of them have been closed meanwhile.
void KeepGrpc() {
  [[maybe_unused]] static const bool kept = [] {
    grpc_init();
    return true;
  }();
}

}  // namespace

void ConfigureServer(grpc::ServerBuilder& builder) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(kMessageBytesMax));
  builder.SetMaxSendMessageSize(static_cast<int>(kMessageBytesMax));
  // Identity only: gRPC inflates before it checks sizes, so 389 kB of gzip costs 430 MB.
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_GZIP, false);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(kDevicePingAfter));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(kDevicePingTimeout));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // Agents ping every 10 s at the most; gRPC's default of 5 min would close their connections.
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 5'000);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 3);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, 8);
  builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, 8192);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, 20'000);
  // A buffer of that size for each connection over TLS: 12 KiB less than gRPC's own for a device,
  // to which the collector says little.
  builder.AddChannelArgument(GRPC_ARG_TSI_MAX_FRAME_SIZE, 4096);
  // Connections are moved now and then, so that a fleet spreads over a restart's survivors.
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_MS, 6 * 3600 * 1000);
  builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, 60'000);
  // The last resort: gRPC ends connections and streams. What is received is bounded before
  // (received_budget.h); this bounds what stands in gRPC's own buffers.
  builder.SetResourceQuota(grpc::ResourceQuota("connections").Resize(kTransportBytesMax));
}

struct Listener::Server {
  std::unique_ptr<grpc::Server> grpc;
  std::unique_ptr<grpc::experimental::ExternalConnectionAcceptor> acceptor;
  ServedSockets sockets;
  std::string setting;
};

Listener::Listener(std::unique_ptr<Server> server) : server_(std::move(server)) {}

Listener::~Listener() {
  Shutdown(absl::ZeroDuration());
}

StatusOr<std::unique_ptr<Listener>> Listener::Open(const ListenOptions& options,
                                                   grpc::Service& service) {
  KeepGrpc();
  grpc::ServerBuilder builder;
  ConfigureServer(builder);
  auto server = std::make_unique<Server>();
  server->setting = options.setting;
  server->acceptor = builder.experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      options.credentials != nullptr ? options.credentials : grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  server->grpc = builder.BuildAndStart();
  if (server->grpc == nullptr) {
    return Error(StatusCode::kInvalidArgument,
                 Cat(options.setting, ": gRPC accepts neither its certificate nor its key"));
  }
  return std::unique_ptr<Listener>(new Listener(std::move(server)));
}

void Listener::Serve(int socket) {
  server_->sockets.Note(socket);
  grpc::experimental::ExternalConnectionAcceptor::NewConnectionParameters connection;
  connection.fd = socket;
  server_->acceptor->HandleNewConnection(&connection);
}

size_t Listener::Shutdown(absl::Duration deadline) {
  if (server_ == nullptr) return 0;
  std::atomic<size_t> cut_off = 0;
  {
    // gRPC closes no connection while it writes to it, not even one whose calls it has cancelled: a
    // peer that takes nothing would keep it open for ever.
    const Alarm alarm(deadline + kCutOffAfter, [&] {
      cut_off = server_->sockets.CutOff();
      LogWarning(Cat(server_->setting, ": cut off ", cut_off.load(), " of its connections",
                     ", which did not end"));
    });
    // Always with a deadline: without one a single idle stream keeps it for ever.
    server_->grpc->Shutdown(
        gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                     gpr_time_from_millis(absl::ToInt64Milliseconds(deadline), GPR_TIMESPAN)));
  }
  server_.reset();
  return cut_off;
}

}  // namespace godwit::collector
