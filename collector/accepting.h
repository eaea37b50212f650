// Opens the accept loop of one of the collector's ports, with the collector's limits.
#pragma once

#include <memory>
#include <vector>

#include "base/ip_network.h"
#include "base/status.h"
#include "collector/ingest/listener.h"
#include "collector/statistics.h"
#include "platform/linux/accept_loop.h"

namespace godwit::collector {

// Errors name the setting of the address; kUnavailable when the address is taken.
// `descriptors_left` are those that its connections leave to the rest of the process. Connections
// that are not taken are counted in `figures`, which outlives the loop.
[[nodiscard]] StatusOr<std::unique_ptr<AcceptLoop>> OpenAcceptLoop(
    const ListenOptions& options, int descriptors_left, Statistics& statistics,
    std::vector<IpNetwork> trusted_proxies = {});

}  // namespace godwit::collector
