// The way to the collector as one part, so that a reload can close it and make it anew.
#pragma once

#include <memory>
#include <string>

#include "agent/uplink/grpc/grpc_transport.h"
#include "agent/uplink/uploader.h"
#include "settings/agent_settings.h"

namespace godwit::agent {

// Empty without an endpoint. Loop-confined.
struct Uplink {
  std::unique_ptr<GrpcTransport> transport;
  std::unique_ptr<Outbox> outbox;
  std::unique_ptr<Uploader> uploader;

  // Calls of others over its connection are over, too.
  void Close();
};

Uplink MakeUplink(const AgentSettings& settings, const ChannelOptions& channel,
                  const Identity& identity, Spool& spool, Executor& storage,
                  const Uploader::World& world, const std::string& only_store);

}  // namespace godwit::agent
