// Takes the calls of devices: opens sessions, checks messages, hands records to the writer, answers
// with verdicts. Knows neither gRPC (ingest/device_service.h) nor SQL.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/units.h"
#include "collector/identity/caller.h"
#include "collector/identity/identity_gate.h"
#include "collector/ingest/decode_pool.h"
#include "collector/ingest/ingest_limits.h"
#include "collector/ingest/log_feed.h"
#include "collector/ingest/received_budget.h"
#include "collector/ingest/recent_use.h"
#include "collector/ingest/sessions.h"
#include "collector/ingest/stream.h"
#include "collector/orders/connected_devices.h"
#include "collector/statistics.h"
#include "collector/store/writer.h"
#include "platform/clock.h"
#include "platform/executor.h"
#include "platform/random.h"

namespace godwit::collector {

class CommandSession;
class UploadSession;

// The calls of devices. Ingest-confined.
class Ingest final : public ConnectedDevices {
 public:
  struct Dependencies {
    const Clock& clock;
    Executor& executor;  // ingest's own
    Random& random;
    // The executors that decode. Empty: ingest's own does.
    std::vector<Executor*> decoders = {};
    ByteCount received_bytes = kReceivedBytes;  // limits.received
    const IdentityGate* identity = nullptr;     // null: every caller is who it says it is
  };

  // The decoders have ended before it is destroyed.
  Ingest(Writer& writer, std::string store_id, Statistics& statistics, Dependencies dependencies);
  ~Ingest() override;

  using SessionOpened = std::function<void(const CallEnd&, const v1::OpenSessionResponse&)>;
  // Opens a session. `heard` is WallNow() when the call came in: the device's clocks are compared
  // with that, however long the call waits for its turn. A call whose caller has `gone` by then is
  // skipped, and one whose caller is not that device is refused; so are those below.
  void OpenSession(const v1::OpenSessionRequest& request, absl::Time heard, SessionOpened done,
                   CallerGone gone = nullptr, const Caller& caller = {});
  // Thread-safe.
  absl::Time WallNow() const { return deps_.clock.Wall(); }
  ReceivedBudget::Statistics received() const { return received_.statistics(); }

  // Starts an upload stream. Destroying the sink abandons it; submitted records are committed
  // nevertheless.
  [[nodiscard]] std::unique_ptr<UploadSink> NewStream(UploadPeer& peer, Caller caller = {});

  // Starts a command stream. Destroying the sink abandons it.
  [[nodiscard]] std::unique_ptr<CommandSink> NewCommandStream(
      CommandPeer& peer, const v1::ReceiveCommandsRequest& request, Caller caller = {});

  void Send(const CommandRow& command) override;
  void Offer(const NewOffer& offer) override;

  using CommandReported = std::function<void(const CallEnd&, const v1::ReportCommandResponse&)>;
  void ReportCommand(const v1::ReportCommandRequest& request, CommandReported done,
                     CallerGone gone = nullptr, const Caller& caller = {});

  using RevisionFetched = std::function<void(const CallEnd&, const v1::FetchRevisionResponse&)>;
  void FetchRevision(const v1::FetchRevisionRequest& request, RevisionFetched done,
                     CallerGone gone = nullptr, const Caller& caller = {});
  using RevisionReported = std::function<void(const CallEnd&, const v1::ReportRevisionResponse&)>;
  void ReportRevision(const v1::ReportRevisionRequest& request, RevisionReported done,
                      CallerGone gone = nullptr, const Caller& caller = {});

  // Sends the device's log lines to the follower until LeaveLog; kAborted: the device is not
  // connected.
  void FollowLog(LogFollower follower);
  void LeaveLog(uint64_t id);
  using LogReported = std::function<void(const CallEnd&, const v1::ReportLogResponse&)>;
  // Takes log lines of a device. The call does not wait for a turn.
  void ReportLog(const v1::ReportLogRequest& request, LogReported done, CallerGone gone = nullptr,
                 const Caller& caller = {});

  // Charges a call of `bytes` that waits for its answer. Returns why it is refused; or nothing, and
  // then LeaveCall must follow.
  std::optional<CallEnd> EnterCall(size_t bytes);
  void LeaveCall(size_t bytes);

  // Ends every upload with verdicts for its committed records, then the command streams, and
  // refuses all later calls. Calls `ended` once, when no stream is left.
  void Stop(std::function<void()> ended = nullptr);

 private:
  friend class CommandSession;
  friend class UploadSession;

  static CallEnd Stopping();
  // Returns the device of a session, as which this caller may speak: kFailedPrecondition if the
  // session is not known, else the error of IdentityGate.
  StatusOr<std::string> DeviceOf(const std::string& token, const Caller& caller) const;
  // Returns the end of a call that the store has not taken.
  CallEnd NotTaken(const Status& why);
  void EndCommandStreams();
  void NoteStreamGone();
  // Hands a delivery to the writer; `done` is called on the ingest executor.
  void Submit(Delivery delivery, std::function<void(const StatusOr<Outcome>&)> done,
              bool can_wait = false);
  bool MaySubmit() const;
  // Ends streams until the bytes of their tables are within the bound: of the device that holds
  // most, the stream that does.
  void BoundWaitingTables();
  void SendFollow(const std::string& device_id, const v1::FollowLog& follow);
  // Calls `action` with each open command stream of a device. Returns whether there are any.
  bool ForStreamsOf(const std::string& device_id,
                    const std::function<void(CommandSession&)>& action) const;

  Writer& writer_;
  const std::string store_id_;
  Statistics& statistics_;
  Dependencies deps_;
  Sessions sessions_;
  RecentUse use_;
  ReceivedBudget received_;
  DecodePool pool_;
  size_t submitted_ = 0;  // deliveries that the writer has, and their bytes
  size_t submitted_bytes_ = 0;
  std::set<UploadSession*> streams_;
  std::set<CommandSession*> command_streams_;
  std::unordered_multimap<std::string, CommandSession*> streams_by_device_;  // those that are open
  LogFeed log_feed_;
  bool stopping_ = false;
  std::function<void()> ended_;  // the last stream, while it stops
};

}  // namespace godwit::collector
