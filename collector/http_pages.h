// The pages that the collector serves over HTTP. They ask the store, on an executor of their own:
// an answer says that the store is alive.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "absl/time/time.h"
#include "collector/fleet/status.h"
#include "collector/http/http_server.h"
#include "collector/statistics.h"
#include "collector/store/store.h"
#include "collector/store/store_health.h"
#include "platform/executor.h"

namespace godwit::collector {

// The certificate that devices are shown.
struct CertificateState {
  absl::Time expires;   // absl::InfiniteFuture(): there is none
  std::string problem;  // why its newest files were not taken; empty: they were
  absl::Time now;
};

// 503 for what keeps devices from being served. That renewed files of a certificate were not taken
// is said, and is no reason to restart what serves the old ones.
HttpAnswer Health(DeviceReader& reader, const Statistics& statistics, const StoreHealth& store,
                  const CertificateState& certificate);

struct HttpDependencies {
  Executor& executor;  // runs the functions
  std::function<CollectorStatus()> status;
  std::function<HttpAnswer()> health;
};

std::map<std::string, HttpServer::Page> MakePages(HttpDependencies dependencies);

}  // namespace godwit::collector
