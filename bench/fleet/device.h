// One simulated device: a connection of its own, dialled as the agent dials, a session, a command
// stream, a record a minute at a moment of its own. It waits as the agent does when a call fails,
// and follows the collector's hints. It has no disk: what a record holds follows from its number.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "agent/uplink/transport.h"
#include "base/backoff.h"
#include "base/seq_set.h"
#include "bench/fleet/connection.h"
#include "bench/fleet/loop.h"
#include "bench/fleet/records.h"
#include "bench/fleet/tally.h"
#include "platform/random.h"
#include "proto/godwit/v1/device.grpc.pb.h"

namespace godwit::bench {

// Confined to the loop; lives as long as that.
class Device {
 public:
  struct Dependencies {
    Loop& loop;
    Random& random;
    Tally& tally;
    const Records& records;
    const bool& sampling;  // false: no new records
    absl::Duration period;
  };

  Device(uint64_t number, const std::string& endpoint,
         const std::shared_ptr<grpc::ChannelCredentials>& credentials, Dependencies dependencies);
  ~Device();

  // Connects within `spread`, and makes its first record within its period.
  void Start(absl::Duration spread);
  Seq made() const { return made_; }
  Seq settled() const { return settled_; }
  bool has_session() const;
  const std::string& id() const { return id_; }

 private:
  struct Session;
  template <typename Response>
  struct Call;
  struct CommandCall;
  struct UploadCall;

  // Connections, and what failed (device.cc).
  void Open();
  void WatchAttempt(const std::shared_ptr<Session>& session, double since);
  void OnOpened(const agent::CallResult& result, const v1::OpenSessionResponse& response);
  void Fail(const agent::CallResult& result);
  absl::Duration NextWait(const agent::CallResult& result, bool had_session);
  // A call with one answer, on the session's connection; `done` is not called when the session is
  // over by then.
  template <typename Request, typename Response, typename Method>
  void Ask(Method method, const Request& request,
           std::function<void(const agent::CallResult&, const Response&)> done);

  // Records (device_records.cc).
  void Sample();
  void Upload();
  void WriteNext(const std::shared_ptr<UploadCall>& upload);
  void OnVerdicts(const UploadCall& upload);
  void NoteVerdicts(const v1::UploadMetricsResponse& response);

  // Commands and configurations (device_orders.cc).
  void Listen();
  void ReadOrder(const std::shared_ptr<CommandCall>& call);
  void OnListeningEnded(const agent::CallResult& result);
  void OnCommand(const v1::Command& command);
  void OnOffer(const v1::RevisionOffer& offer);
  // The trial is over with the first record after its begin.
  void EndTrial();
  void ReportRevision(v1::RevisionState state);

  const uint64_t number_;
  const std::string id_;
  Dependencies deps_;
  Connection connection_;
  const std::unique_ptr<v1::Device::Stub> stub_;
  Backoff backoff_{{}};
  std::shared_ptr<Session> session_;  // null while it waits
  bool reopened_at_once_ = false;
  // The session is over once the upload under way has its verdicts.
  std::optional<agent::CallResult> link_lost_;

  Seq made_ = 0;
  Seq settled_ = 0;
  double made_at_ = 0;  // the newest
  bool table_known_ = false;
  bool uploading_ = false;

  std::string effective_;  // revision
  std::string offer_;      // the last that was taken
  std::string on_trial_;   // revision; empty: none
};

}  // namespace godwit::bench
