// Service Device over gRPC's callback API. Its reactors only post to the ingest executor; all that
// is decided is decided there.
#pragma once

#include <memory>

#include "collector/ingest/ingest.h"
#include "platform/executor.h"

namespace grpc {
class Service;
}

namespace godwit::collector {

// Both must outlive the service, and the service the server that serves it.
std::unique_ptr<grpc::Service> MakeDeviceService(Ingest& ingest, Executor& executor);

}  // namespace godwit::collector
