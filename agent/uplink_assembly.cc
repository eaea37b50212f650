#include "agent/uplink_assembly.h"

#include <string>

#include "base/log.h"

namespace godwit::agent {

void Uplink::Close() {
  uploader.reset();
  outbox.reset();
  transport.reset();
}

Uplink MakeUplink(const AgentSettings& settings, const ChannelOptions& channel,
                  const Identity& identity, Spool& spool, Executor& storage,
                  const Uploader::World& world, const std::string& only_store) {
  Uplink uplink;
  if (settings.upload_endpoint.empty()) {
    LogWarning("no upload.endpoint is set: sampling and spooling, sending nothing");
    return uplink;
  }
  uplink.transport = std::make_unique<GrpcTransport>(channel, world.loop, world.clock);
  uplink.outbox = std::make_unique<Outbox>(spool, storage, world.loop);
  uplink.uploader =
      std::make_unique<Uploader>(UploadOptions{.stream_period = settings.upload_stream_period,
                                               .batch_period = settings.batch_period,
                                               .backoff = settings.upload_backoff,
                                               .only_store = only_store},
                                 identity, *uplink.outbox, *uplink.transport, world);
  return uplink;
}

}  // namespace godwit::agent
