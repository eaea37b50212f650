// The collector's stream port: the server side of an UploadMetrics or ReceiveCommands call without
// gRPC, so that agent and collector run in one deterministic process.
#pragma once

#include <optional>

#include "absl/time/time.h"
#include "base/status.h"
#include "proto/godwit/v1/device.pb.h"

namespace godwit::collector {

// The end of a call; the hint travels as the trailer godwit-retry-after-ms.
struct CallEnd {
  Status status;
  std::optional<absl::Duration> retry_after;
};

// The transport's side of a stream. Ingest-confined; must outlive its sink's last use.
class UploadPeer {
 public:
  virtual ~UploadPeer() = default;
  // Asks for one more message: it, or the end, comes to the sink.
  virtual void Next() = 0;
  // Once, and last.
  virtual void Finish(const CallEnd& end, const v1::UploadMetricsResponse& response) = 0;
};

// Ingest's side. Ingest-confined. After Finish all calls are ignored.
class UploadSink {
 public:
  virtual ~UploadSink() = default;
  // Starts the call; the first Next comes from here.
  virtual void Open() = 0;
  virtual void Message(v1::UploadMetricsRequest message) = 0;
  // Reports that the device has sent everything.
  virtual void HalfClose() = 0;
  // The device is gone.
  virtual void Cancel() = 0;
};

// The transport's side of a command stream. Ingest-confined; must outlive its sink's last use.
class CommandPeer {
 public:
  virtual ~CommandPeer() = default;
  // Sends a message. One at a time: the next only after Sent.
  virtual void Send(const v1::ReceiveCommandsResponse& message) = 0;
  // Once, and last.
  virtual void Finish(const CallEnd& end) = 0;
};

// Ingest's side. Ingest-confined. After Finish all calls are ignored.
class CommandSink {
 public:
  virtual ~CommandSink() = default;
  virtual void Open() = 0;
  // Reports that the transport took the message: there is room for the next.
  virtual void Sent() = 0;
  // The device is gone.
  virtual void Cancel() = 0;
};

}  // namespace godwit::collector
