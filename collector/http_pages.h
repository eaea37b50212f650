// The pages that the collector serves over HTTP. They read the store on an executor of their own,
// so an answer shows that the store is alive.
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

// The state of the certificate that devices are shown.
struct CertificateState {
  absl::Time expires;   // absl::InfiniteFuture(): there is none
  std::string problem;  // why its newest files were not taken; empty: they were
  absl::Time now;
};

// Returns the page of its health: 503 for anything that keeps devices from being served. A renewed
// certificate whose files were refused is mentioned, but is no reason to restart a collector that
// serves the old one.
HttpAnswer Health(DeviceReader& reader, const Statistics& statistics, const StoreHealth& store,
                  const CertificateState& certificate);

struct HttpDependencies {
  Executor& executor;  // runs the functions
  std::function<CollectorStatus()> status;
  std::function<HttpAnswer()> health;
};

std::map<std::string, HttpServer::Page> MakePages(HttpDependencies dependencies);

}  // namespace godwit::collector
