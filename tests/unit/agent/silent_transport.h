// A transport whose calls get no answer. Fakes take the calls that their test is about.
#pragma once

#include "agent/uplink/transport.h"

namespace godwit::agent {

class SilentTransport : public Transport {
 public:
  std::unique_ptr<PendingCall> OpenSession(const v1::OpenSessionRequest&, absl::Duration,
                                           SessionOpened) override {
    return nullptr;
  }
  std::unique_ptr<UploadStream> StartUpload(absl::Duration, UploadObserver&) override {
    return nullptr;
  }
  std::unique_ptr<PendingCall> ReceiveCommands(const v1::ReceiveCommandsRequest&, absl::Duration,
                                               CommandObserver&) override {
    return nullptr;
  }
  std::unique_ptr<PendingCall> ReportCommand(const v1::ReportCommandRequest&, absl::Duration,
                                             CommandReported) override {
    return nullptr;
  }
  std::unique_ptr<PendingCall> FetchRevision(const v1::FetchRevisionRequest&, absl::Duration,
                                             RevisionFetched) override {
    return nullptr;
  }
  std::unique_ptr<PendingCall> ReportRevision(const v1::ReportRevisionRequest&, absl::Duration,
                                              RevisionReported) override {
    return nullptr;
  }
  std::unique_ptr<PendingCall> ReportLog(const v1::ReportLogRequest&, absl::Duration,
                                         LogReported) override {
    return nullptr;
  }
};

}  // namespace godwit::agent
