#include "agent/uplink/grpc/channel.h"

#include <grpcpp/grpcpp.h>

#include "agent/limits.h"
#include "agent/uplink/grpc/tls_probe.h"
#include "base/endpoint.h"
#include "base/text.h"
#include "base/units.h"

namespace godwit::agent {
namespace {

int Milliseconds(absl::Duration duration) {
  return static_cast<int>(absl::ToInt64Milliseconds(duration));
}

std::shared_ptr<grpc::ChannelCredentials> Credentials(const ChannelOptions& options) {
  if (options.ca.empty()) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions ssl;
  ssl.pem_root_certs = options.ca;
  ssl.pem_cert_chain = options.certificate;
  ssl.pem_private_key = options.key;
  return grpc::SslCredentials(ssl);
}

}  // namespace

Status CheckChannelSecurity(const ChannelOptions& options, bool insecure) {
  GODWIT_RETURN_IF_ERROR(Annotate(CheckEndpoint(options.endpoint), "upload.endpoint"));
  const bool tls = !options.ca.empty();
  if (tls && insecure) {
    return Error(StatusCode::kInvalidArgument,
                 "tls.ca and upload.insecure = true contradict each other; take one away");
  }
  if (!tls && !options.certificate.empty()) {
    return Error(StatusCode::kInvalidArgument,
                 "tls.certificate needs tls.ca: the authority of the collector's certificate");
  }
  if (tls || insecure || IsLoopback(options.endpoint)) return absl::OkStatus();
  return Error(StatusCode::kInvalidArgument,
               Cat("upload.endpoint = \"", options.endpoint,
                   "\" is beyond this machine: set tls.ca, or upload.insecure = true to send "
                   "everything in the clear"));
}

void ConfigureChannel(const ChannelOptions& options, grpc::ChannelArguments& arguments) {
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, Milliseconds(options.keepalive_time));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, Milliseconds(options.keepalive_timeout));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  // The default of 2 stops the pings of an idle stream for ever, and a cut link is never noticed.
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  // Bandwidth probing is pings of its own.
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  // The spool is the retry; gRPC's would keep a copy of up to 256 KiB a call.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Without it a destroyed channel leaves its connection open in a global pool.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Identity only: gRPC inflates before it checks sizes, so 389 kB of gzip costs 430 MB.
  arguments.SetInt(GRPC_COMPRESSION_CHANNEL_ENABLED_ALGORITHMS_BITSET, 1 << GRPC_COMPRESS_NONE);
  arguments.SetMaxReceiveMessageSize(static_cast<int>(kMessageBytesMax));
  arguments.SetMaxSendMessageSize(static_cast<int>(kMessageBytesMax));
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, 8192);
  // A proxy variable in the environment would divert even loopback.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  // No TXT look-ups for a service configuration.
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  // The back-off is ours: gRPC's own only bounds the attempts of one call.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 30'000);
}

std::shared_ptr<grpc::Channel> MakeChannel(const ChannelOptions& options) {
  grpc::ChannelArguments arguments;
  ConfigureChannel(options, arguments);
  return grpc::CreateCustomChannel(options.endpoint, Credentials(options), arguments);
}

Status TryConnecting(const ChannelOptions& options, const Clock& clock, absl::Duration patience) {
  const auto channel = MakeChannel(options);
  const gpr_timespec deadline =
      gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                   gpr_time_from_millis(absl::ToInt64Milliseconds(patience), GPR_TIMESPAN));
  if (channel->WaitForConnected(deadline)) return absl::OkStatus();
  std::string why;
  if (!options.ca.empty()) {
    why = DiagnoseTls(options, options.endpoint,
                      {.now = clock.Wall(), .synchronised = clock.WallSynchronised()}, patience);
  }
  if (why.empty()) why = "is the collector running, and does every firewall let it through?";
  return Error(StatusCode::kUnavailable, Cat("no connection to ", options.endpoint, " within ",
                                             DurationText(patience), ": ", why));
}

}  // namespace godwit::agent
