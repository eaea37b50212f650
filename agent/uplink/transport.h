// The transport port: the connection that the uplink needs. Real in uplink/grpc, simulated in
// tests/sim.
//
// All of it is loop-confined: callbacks come on the loop, never from within the call that caused
// them.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/time/time.h"
#include "base/status.h"
#include "proto/godwit/v1/device.pb.h"

namespace godwit::agent {

// The end of a call, and the collector's hint when to call again.
struct CallResult {
  Status status;
  std::optional<absl::Duration> retry_after;  // as it came: retry_policy.h bounds it
  // True if the other side ended the connection. It did so for all its devices, and they must not
  // return together.
  bool closed_by_peer = false;
};

// A call under way. Destroying it cancels the call; no callback comes afterwards.
class PendingCall {
 public:
  virtual ~PendingCall() = default;
};

class UploadObserver {
 public:
  virtual ~UploadObserver() = default;
  // Reports that the transport took the message: there is room for the next. Proves nothing about
  // the other side. Not called for the last message.
  virtual void OnWritten() = 0;
  // Reports that bytes of the connection were acknowledged or came in: the link is alive. A
  // transport that cannot know does not call it.
  virtual void OnProgress() {}
  // Reports the end of the call, once and last. The response is only meaningful if the status is
  // OK.
  virtual void OnClosed(const CallResult& result, const v1::UploadMetricsResponse& response) = 0;
};

class UploadStream : public PendingCall {
 public:
  // Writes a message. One at a time: the next only after OnWritten. The call itself starts with the
  // first.
  virtual void Write(const v1::UploadMetricsRequest& message) = 0;
  // Writes the last message, with WritesDone in the same packet.
  virtual void WriteLast(const v1::UploadMetricsRequest& message) = 0;
  // Ends the messages; the reply comes as OnClosed. Not to be called while a message is being
  // written.
  virtual void WritesDone() = 0;
};

class CommandObserver {
 public:
  virtual ~CommandObserver() = default;
  virtual void OnMessage(const v1::ReceiveCommandsResponse& message) = 0;
  // Reports the end of the stream, once and last.
  virtual void OnCommandsClosed(const CallResult& result) = 0;
};

class Transport {
 public:
  virtual ~Transport() = default;

  // Makes a fresh connection, which ends the previous one with its calls, and opens a session on
  // it.
  using SessionOpened = std::function<void(const CallResult&, const v1::OpenSessionResponse&)>;
  [[nodiscard]] virtual std::unique_ptr<PendingCall> OpenSession(
      const v1::OpenSessionRequest& request, absl::Duration deadline, SessionOpened opened) = 0;

  // Starts an upload stream on the connection of the last OpenSession.
  [[nodiscard]] virtual std::unique_ptr<UploadStream> StartUpload(absl::Duration deadline,
                                                                  UploadObserver& observer) = 0;
  [[nodiscard]] virtual std::unique_ptr<PendingCall> ReceiveCommands(
      const v1::ReceiveCommandsRequest& request, absl::Duration deadline,
      CommandObserver& observer) = 0;
  using CommandReported = std::function<void(const CallResult&, const v1::ReportCommandResponse&)>;
  [[nodiscard]] virtual std::unique_ptr<PendingCall> ReportCommand(
      const v1::ReportCommandRequest& request, absl::Duration deadline,
      CommandReported reported) = 0;
  using RevisionFetched = std::function<void(const CallResult&, const v1::FetchRevisionResponse&)>;
  [[nodiscard]] virtual std::unique_ptr<PendingCall> FetchRevision(
      const v1::FetchRevisionRequest& request, absl::Duration deadline,
      RevisionFetched fetched) = 0;
  using RevisionReported =
      std::function<void(const CallResult&, const v1::ReportRevisionResponse&)>;
  [[nodiscard]] virtual std::unique_ptr<PendingCall> ReportRevision(
      const v1::ReportRevisionRequest& request, absl::Duration deadline,
      RevisionReported reported) = 0;
  using LogReported = std::function<void(const CallResult&, const v1::ReportLogResponse&)>;
  [[nodiscard]] virtual std::unique_ptr<PendingCall> ReportLog(const v1::ReportLogRequest& request,
                                                               absl::Duration deadline,
                                                               LogReported reported) = 0;
};

}  // namespace godwit::agent
