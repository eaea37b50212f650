#include "agent/uplink/grpc/channel.h"

#include <grpcpp/grpcpp.h>

#include <utility>

#include "agent/limits.h"
#include "agent/uplink/grpc/connection_socket.h"
#include "agent/uplink/grpc/quiet_engine.h"

namespace godwit::agent {
namespace {

static_assert(kDnsPatience < kOpenSessionDeadline, "a silent DNS server is named as such");

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
  // A DNS server that is silent is named before the call's own deadline would hide it.
  arguments.SetInt(GRPC_ARG_DNS_ARES_QUERY_TIMEOUT_MS, Milliseconds(kDnsPatience));
  arguments.SetInt(GRPC_ARG_ENABLE_CHANNELZ, 0);
  // The back-off is ours: gRPC's own only bounds the attempts of one call.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 1'000);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, 5'000);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 30'000);
}

std::shared_ptr<grpc::Channel> MakeChannel(const ChannelOptions& options,
                                           std::shared_ptr<ConnectionSocket> socket) {
  UseQuietEngine();
  grpc::ChannelArguments arguments;
  if (socket != nullptr) FollowConnections(std::move(socket), arguments);
  ConfigureChannel(options, arguments);
  return grpc::CreateCustomChannel(options.endpoint, Credentials(options), arguments);
}

}  // namespace godwit::agent
