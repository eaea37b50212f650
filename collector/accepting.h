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

// Opens the loop. `descriptors_left` are the descriptors that its connections leave to the rest of
// the process. Refused connections are counted in `statistics`, which outlives the loop. Errors
// name the setting of the address; kUnavailable: the address is in use.
[[nodiscard]] StatusOr<std::unique_ptr<AcceptLoop>> OpenAcceptLoop(
    const ListenOptions& options, int descriptors_left, Statistics& statistics,
    std::vector<IpNetwork> trusted_proxies = {});

}  // namespace godwit::collector
