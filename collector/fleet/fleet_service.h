// Service Fleet over gRPC's callback API: each call is a query that makes its next page on the
// query executor when the last one was taken.
#pragma once

#include <memory>

#include "collector/store/store.h"
#include "platform/executor.h"

namespace grpc {
class Service;
}

namespace godwit::collector {

// Both must outlive the service. `executor` is the reader's own and may block.
std::unique_ptr<grpc::Service> MakeFleetService(StoreReader& reader, Executor& executor);

}  // namespace godwit::collector
