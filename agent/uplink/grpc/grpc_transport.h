// The transport port over gRPC: one completion queue and one wire thread, blocked in Next, that
// only hands results to the loop. (gRPC's callback API costs two more threads and eight wake-ups a
// second on an idle channel.)
//
// When a TLS handshake fails, a probe (tls_probe.h) on a thread of its own finds out why before the
// failure is reported, so that the message says what is wrong.
//
// Loop-confined. Each session has a new channel: our own back-off is the only one, names are
// resolved again, and nothing of a broken connection survives.
#pragma once

#include <memory>

#include "agent/uplink/grpc/channel.h"
#include "agent/uplink/transport.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

class GrpcTransport final : public Transport {
 public:
  GrpcTransport(const ChannelOptions& options, Executor& loop, const Clock& clock);
  // Joins the wire thread. All calls must have been destroyed.
  ~GrpcTransport() override;

  std::unique_ptr<PendingCall> OpenSession(const v1::OpenSessionRequest& request,
                                           absl::Duration deadline, SessionOpened opened) override;
  std::unique_ptr<UploadStream> StartUpload(absl::Duration deadline,
                                            UploadObserver& observer) override;
  std::unique_ptr<PendingCall> ReceiveCommands(const v1::ReceiveCommandsRequest& request,
                                               absl::Duration deadline,
                                               CommandObserver& observer) override;
  std::unique_ptr<PendingCall> ReportCommand(const v1::ReportCommandRequest& request,
                                             absl::Duration deadline,
                                             CommandReported reported) override;
  std::unique_ptr<PendingCall> FetchRevision(const v1::FetchRevisionRequest& request,
                                             absl::Duration deadline,
                                             RevisionFetched fetched) override;
  std::unique_ptr<PendingCall> ReportRevision(const v1::ReportRevisionRequest& request,
                                              absl::Duration deadline,
                                              RevisionReported reported) override;
  std::unique_ptr<PendingCall> ReportLog(const v1::ReportLogRequest& request,
                                         absl::Duration deadline, LogReported reported) override;

 private:
  struct Wire;
  std::unique_ptr<Wire> wire_;
};

}  // namespace godwit::agent
