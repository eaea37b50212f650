// The session: opens it, sends what the spool holds in bounded streams, settles by their replies.
//
//   Waiting --timer--> Opening --ok--> Ready --a record--> Sending --full or due--> Awaiting
//      ^                  |              ^                    |                        |
//      +----- failure ----+--------------|------ failure -----+------------------------+
//                                        +------------------------ reply --------------+
//
// Invariants
//   - One write in flight, one record in memory: the same with ten seconds or ten days of backlog.
//   - Nothing is settled but by OpenSession's answer, which replaces what was known, or by a reply
//   of
//     this session.
//   - A stream ends after kStreamRecordsMax records, kStreamBytesMax or upload.stream_period: a
//     client-streaming call has one reply, so an endless stream would never free the spool.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>

#include "agent/uplink/options.h"
#include "agent/uplink/outbox.h"
#include "agent/uplink/transport.h"
#include "platform/clock.h"
#include "platform/executor.h"
#include "platform/random.h"

namespace godwit::agent {

// Loop-confined.
class Uploader final : private UploadObserver {
 public:
  struct World {
    const Clock& clock;
    Executor& loop;
    Random& random;
  };

  Uploader(const UploadOptions& options, const Identity& identity, Outbox& outbox,
           Transport& transport, World world);
  ~Uploader() override;

  void Start();
  // The spool has a new record.
  void Wake();
  // Sends what is there and calls `done` once everything is settled or the first attempt failed.
  // Nothing is started afterwards.
  void Drain(std::function<void()> done);

 private:
  enum class State { kIdle, kWaiting, kOpening, kReady, kSending, kAwaiting };

  void Open();
  void OnInventory(const SpoolInventory& inventory);
  void OnSessionOpened(const CallResult& result, const v1::OpenSessionResponse& response);
  void StartStream(NextRecord first);
  void RequestNext();
  void OnNext(ReadAnswer answer);
  void Enqueue(NextRecord next);
  void WriteOne();
  bool StreamIsFull() const;
  void EndStream();
  void ApplyVerdicts(const v1::UploadMetricsResponse& response);
  void Fail(const CallResult& result);
  void ArmStall();
  void FinishDrain();

  void OnWritten() override;
  void OnClosed(const CallResult& result, const v1::UploadMetricsResponse& response) override;

  const UploadOptions options_;
  const Identity identity_;
  Outbox& outbox_;
  Transport& transport_;
  World world_;
  Backoff backoff_;
  State state_ = State::kIdle;
  bool was_connected_ = false;
  bool failing_ = false;
  std::function<void()> drained_;

  // Of the session.
  bool session_open_ = false;
  absl::Duration opened_at_;  // on the boot clock
  std::string token_;
  std::set<TableId> known_tables_;
  std::optional<RecordName> cursor_;  // the last record read from the spool
  uint64_t changes_at_open_ = 0;
  std::vector<Loss> losses_told_;  // by the OpenSession under way
  bool reopen_ = false;            // the books must be closed, or a record sent again
  bool reopened_at_once_ = false;

  // Of the stream.
  std::deque<v1::UploadMetricsRequest> messages_;
  std::set<TableId> sent_tables_;
  size_t stream_records_ = 0;
  ByteCount stream_bytes_ = 0;
  bool writing_ = false;
  bool reading_ = false;  // an answer of the outbox is awaited
  bool ran_dry_ = false;  // the spool had nothing more
  bool period_over_ = false;
  std::set<RecordName> awaiting_verdict_;

  // Destroyed first: timers and calls refer to all of the above.
  std::unique_ptr<Timer> retry_timer_;
  std::unique_ptr<Timer> period_timer_;
  std::unique_ptr<Timer> stall_timer_;
  std::unique_ptr<PendingCall> opening_;
  std::unique_ptr<UploadStream> stream_;
};

}  // namespace godwit::agent
