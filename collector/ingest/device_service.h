// Service Device over gRPC's callback API. Its reactors only post to the ingest executor, which
// makes all decisions.
#pragma once

#include <memory>

#include "collector/ingest/ingest.h"
#include "platform/executor.h"

namespace grpc {
class Service;
}

namespace godwit::collector {

// Makes the service. Both arguments must outlive it, and it must outlive its server.
std::unique_ptr<grpc::Service> MakeDeviceService(Ingest& ingest, Executor& executor);

}  // namespace godwit::collector
