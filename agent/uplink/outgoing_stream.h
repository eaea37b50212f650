// One UploadMetrics stream: what it has sent, and what of it awaits a verdict.
//
// Invariants
//   - One write in flight; the next message goes when the transport took the last.
//   - It ends after kStreamRecordsMax records, kStreamBytesMax or its period, or in front of a
//     record that would bring it beyond kStreamTablesMax tables: a client-streaming call has one
//     reply, so an endless stream would never free the spool.
//   - Only what was sent in it is believed of its reply, whatever ranges the verdicts name.
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

// What one stream may bring.
struct StreamBounds {
  size_t records = 0;
  size_t tables = 0;
  ByteCount bytes = 0;
  absl::Duration period;
  bool messages_join = false;  // a message may hold more than one thing
};

// A reply: of each record that was sent and judged, in the order of runs and seqs.
struct StreamVerdicts {
  std::map<RecordName, v1::Verdict> judged;
  std::string reason;                  // of the last that was not taken
  std::vector<RecordName> unanswered;  // to be sent again
};

// Loop-confined.
class OutgoingStream final : private UploadObserver {
 public:
  // What its owner is told. Each is the last thing the stream does: it may be gone afterwards.
  struct Owner {
    std::function<void()> wants_more;  // everything was written, or is on its way and was the last
    std::function<void()> due;         // its period is over, and nothing is being written
    std::function<void(OutgoingStream&, const CallResult&, const v1::UploadMetricsResponse&)>
        closed;
    std::function<void()> stalled;  // no progress for kReplyDeadline
  };

  OutgoingStream(const StreamBounds& bounds, Executor& loop, Owner owner)
      : bounds_(bounds), loop_(loop), owner_(std::move(owner)) {}

  // `token`, what the device reports, if anything, and the copies set aside go in its first
  // message.
  void Start(Transport& transport, const std::string& token, std::optional<v1::DeviceReport> report,
             std::vector<RecordName> quarantined);
  // `last`: no more records; the reply comes.
  void Send(NextRecord next, bool last);
  // The same when the last was sent already.
  void End();

  bool full() const;
  // Whether the record's tables are within its bound. The first record's are.
  bool HasRoomFor(const NextRecord& next) const;
  bool ended() const { return ended_; }
  bool writing() const { return writing_ || !messages_.empty(); }
  const std::set<TableId>& tables() const { return tables_; }
  const std::vector<RecordName>& reported_quarantined() const { return reported_quarantined_; }
  size_t records() const { return records_; }
  ByteCount bytes() const { return bytes_; }

  StreamVerdicts Judge(const v1::UploadMetricsResponse& response) const;

 private:
  // Where so many bytes more go.
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
