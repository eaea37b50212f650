// One UploadMetrics stream: what it has sent, and which records await a verdict.
//
// Invariants
//   - One write is in flight; the next message is sent when the transport took the last.
//   - It ends after kStreamRecordsMax records, kStreamBytesMax or its period, or before a record
//     that would bring it beyond kStreamTablesMax tables: a client-streaming call has one reply, so
//     an endless stream would never free the spool.
//   - Of its reply only verdicts on records that were sent in it count, whatever ranges they name.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/uplink/outbox.h"
#include "agent/uplink/transport.h"
#include "platform/executor.h"

namespace godwit::agent {

// The bounds of one stream.
struct StreamBounds {
  size_t records = 0;
  size_t tables = 0;
  ByteCount bytes = 0;
  absl::Duration period;
  bool messages_join = false;  // a message may hold more than one thing
};

// The verdicts of a reply on the records that were sent, in the order of runs and sequence numbers.
struct StreamVerdicts {
  std::map<RecordName, v1::Verdict> judged;
  std::string reason;                  // of the last that was not taken
  std::vector<RecordName> unanswered;  // to be sent again
};

// Loop-confined.
class OutgoingStream final : private UploadObserver {
 public:
  // The callbacks to its owner. Each is the last thing the stream does: it may be destroyed by it.
  struct Owner {
    std::function<void()> wants_more;  // everything was written, or is on its way and was the last
    std::function<void()> due;         // its period is over, and nothing is being written
    std::function<void(OutgoingStream&, const CallResult&, const v1::UploadMetricsResponse&)>
        closed;
    std::function<void()> stalled;  // no progress for kReplyDeadline
  };

  OutgoingStream(const StreamBounds& bounds, Executor& loop, Owner owner)
      : bounds_(bounds), loop_(loop), owner_(std::move(owner)) {}

  // Starts the stream. `token`, the device's report, if any, and the quarantined records go in its
  // first message.
  void Start(Transport& transport, const std::string& token, std::optional<v1::DeviceReport> report,
             std::vector<RecordName> quarantined);
  // Sends a record. `last`: there are no more records; the reply follows.
  void Send(NextRecord next, bool last);
  // Ends the stream after the last record has been sent.
  void End();

  bool full() const;
  // Returns whether the record's tables are within the stream's bound. Those of the first record
  // are.
  bool HasRoomFor(const NextRecord& next) const;
  bool ended() const { return ended_; }
  bool writing() const { return writing_ || !messages_.empty(); }
  const std::set<TableId>& tables() const { return tables_; }
  const std::vector<RecordName>& reported_quarantined() const { return reported_quarantined_; }
  size_t records() const { return records_; }
  ByteCount bytes() const { return bytes_; }

  StreamVerdicts Judge(const v1::UploadMetricsResponse& response) const;

 private:
  // Returns the message that `bytes` more bytes go into.
  v1::UploadMetricsRequest& Room(size_t bytes);
  void WriteOne();
  void NoteEnd();
  void ArmStall();

  void OnWritten() override;
  void OnProgress() override;
  void OnClosed(const CallResult& result, const v1::UploadMetricsResponse& response) override;

  const StreamBounds bounds_;
  Executor& loop_;
  const Owner owner_;
  std::deque<v1::UploadMetricsRequest> messages_;
  std::set<TableId> tables_;
  std::set<RecordName> awaiting_verdict_;
  std::vector<RecordName> reported_quarantined_;
  size_t records_ = 0;
  ByteCount bytes_ = 0;
  bool writing_ = false;
  bool last_queued_ = false;  // what is behind in messages_ is the last
  bool ended_ = false;
  bool period_over_ = false;

  // Destroyed first: timers and the call refer to all of the above.
  std::unique_ptr<Timer> period_timer_;
  std::unique_ptr<Timer> stall_timer_;
  std::unique_ptr<UploadStream> stream_;
};

}  // namespace godwit::agent
