// Service Fleet over gRPC's callback API. Calls that stream pages are queries of the pool, which
// take turns; short calls, and the list of devices, have a thread of their own.
#pragma once

#include <functional>
#include <memory>

#include "collector/fleet/directory.h"
#include "collector/fleet/log_query.h"
#include "collector/fleet/query_pool.h"
#include "collector/fleet/status.h"
#include "collector/fleet/stop_notice.h"
#include "collector/identity/refused_callers.h"
#include "collector/limits.h"
#include "collector/statistics.h"
#include "collector/store/read_holds.h"
#include "collector/store/store.h"
#include "collector/store/write_call.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace grpc {
class Service;
}

namespace godwit::collector {

// The dependencies of the service. All outlive it. Executors belong to their readers and may block.
struct FleetDependencies {
  QueryPool& pool;
  QueryWorker lookup;
  Directory& directory;
  const Clock& clock;
  Statistics& statistics;
  ReadHolds& holds;
  const RefusedCallers& refused;
  // Reads the status. Thread-safe; `done` is called on any thread.
  std::function<void(std::function<void(const CollectorStatus&)> done)> status;
  std::function<void(NewCommand command, absl::Duration life,
                     std::function<void(StatusOr<CommandRow>)> done, CallerGone gone)>
      issue;
  using Stored = std::function<void(Status)>;
  std::function<void(RevisionPush push, Stored done, CallerGone gone)> push;         // likewise
  std::function<void(LabelChange change, Stored done, CallerGone gone)> set_labels;  // likewise
  std::function<void(AlertAcknowledgement alerts, Stored done, CallerGone gone)>
      acknowledge;             // likewise
  FollowDeviceLog follow_log;  // thread-safe
  const StopNotice& stopping;
  absl::Duration reader_patience = kReaderPatience;
  absl::Duration status_patience = kStatusPatience;
};
std::unique_ptr<grpc::Service> MakeFleetService(const FleetDependencies& dependencies);

}  // namespace godwit::collector
