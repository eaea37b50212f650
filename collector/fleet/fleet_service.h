// Service Fleet over gRPC's callback API: each call is a query that makes its next page on the
// query executor when the last one was taken.
#pragma once

#include <functional>
#include <memory>

#include "collector/figures.h"
#include "collector/fleet/log_query.h"
#include "collector/fleet/status.h"
#include "collector/store/read_holds.h"
#include "collector/store/store.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace grpc {
class Service;
}

namespace godwit::collector {

// All outlive the service. `executor` is the reader's own and may block.
struct FleetWorld {
  StoreReader& reader;
  Executor& executor;
  const Clock& clock;
  Figures& figures;
  ReadHolds& holds;
  std::function<CollectorStatus()> status;  // on `executor`
  // Thread-safe; `done` comes on any thread.
  std::function<void(NewCommand command, absl::Duration life,
                     std::function<void(StatusOr<CommandRow>)> done)>
      issue;
  std::function<void(RevisionPush push, std::function<void(Status)> done)> push;         // likewise
  std::function<void(LabelChange change, std::function<void(Status)> done)> set_labels;  // likewise
  FollowDeviceLog follow_log;  // thread-safe
};
std::unique_ptr<grpc::Service> MakeFleetService(const FleetWorld& world);

}  // namespace godwit::collector
