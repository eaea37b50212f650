// Sends the records of the spool over an open session: reads one after the other, puts them into
// bounded streams, and has the quarantine settle the verdicts.
//
// Invariants
//   - At most kStreamsMax streams, at most one of them being written. A record is in one of them
//   only.
//   - A stream's reply settles only what was sent in that stream.
//   - Nothing is read while the pump is stopped, held back, paused or finishing.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "agent/uplink/device_report.h"
#include "agent/uplink/options.h"
#include "agent/uplink/outbox.h"
#include "agent/uplink/outgoing_stream.h"
#include "agent/uplink/quarantine.h"
#include "agent/uplink/transport.h"
#include "agent/uplink/upload_counters.h"
#include "platform/clock.h"
#include "platform/executor.h"

namespace godwit::agent {

// A session as the pump uses it.
struct PumpSession {
  std::string token;
  StreamBounds bounds;
  std::set<TableId> known_tables;  // they are not sent
  uint64_t spool_changes = 0;      // when the request was made
  bool reports_all_runs = true;    // the request does
  bool sends_records = true;       // false: the collector is not the one for this device's records
};

// The pump. Loop-confined. Borrows all of Dependencies. The outbox, whose answers refer to the
// pump, ends in the same task of the loop.
class UploadPump {
 public:
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    Outbox& outbox;
    Transport& transport;
    DeviceReporter& reporter;
    Quarantine& quarantine;
    UploadCounters& counters;
  };
  // The callbacks to its owner. Each but `may_reopen` is the last thing that the pump does in a
  // task: the owner may stop or start the pump in it.
  struct Owner {
    // Returns whether the session has lived long enough to be reopened.
    std::function<bool()> may_reopen;
    // Asks to reopen the session: its request no longer says what the spool holds. No stream is
    // under way.
    std::function<void()> reopen;
    std::function<void(const CallResult&)> failed;
    // Reports that a stream was answered, and each of its records has a verdict.
    std::function<void()> answered;
    // Reports that everything was sent and answered, or that nothing may be sent; only after Drain.
    std::function<void()> drained;
  };

  UploadPump(const UploadOptions& options, Dependencies dependencies, Owner owner);

  // Starts with a session, paused.
  void Start(PumpSession session);
  // Drops the streams under way; what they sent is sent again by the next session.
  void Stop();
  // Sends records as they come.
  void Send();
  // Sends the newest record, in a stream of its own.
  void Probe();
  // Ends the stream that is being written, and reads nothing more.
  void Pause();
  // Reopens the session once the streams under way are answered: cut short, their records would be
  // sent twice.
  void Finish();

  // Reports that the spool has a new record.
  void Wake();
  // Ends the stream that is being written after the records that the spool has now.
  void Flush();
  // Makes streams end after the records that the spool has, and calls `drained` once all is
  // answered.
  void Drain();

  // Returns whether no stream is under way.
  bool idle() const { return streams_.empty(); }
  // Returns whether Finish was called and the session may be reopened.
  bool finished() const { return mode_ == Mode::kFinishing && idle(); }

 private:
  enum class Mode {
    kStopped,    // there is no session
    kHeldBack,   // the session sends no records
    kPaused,     // as Pause says
    kSending,    // as Send says
    kProbing,    // as Probe says
    kFinishing,  // as Finish says
  };
  enum class Hurry { kNone, kFlush, kDrain };
  // How the session's request describes the spool.
  enum class Picture {
    kComplete,
    kPartial,   // it had no room for all runs
    kOutdated,  // records are gone, or back, since
  };

  void Enter(Mode mode);
  // Returns the stream that is being written; null if there is none.
  OutgoingStream* Current();
  void EndCurrent();
  bool EndsWhenDry() const;
  void CalmDown();

  bool MayRead();
  void RequestNext();
  void ReadCopy(const RecordName& name, Outbox::ReadOptions options);
  bool GoesBackToSkipped();
  void OnNext(ReadAnswer answer, bool is_copy);
  void OnDry();
  void OnProbe(ReadAnswer answer);
  bool IsForNextStream(const NextRecord& next, bool is_copy);
  bool IsOutdated(const ReadAnswer& answer);
  void SendRecord(NextRecord next);
  OutgoingStream& StartStream();

  void OnWantsMore();
  void OnStreamClosed(const OutgoingStream& stream, const CallResult& result,
                      const v1::UploadMetricsResponse& response);
  std::unique_ptr<OutgoingStream> Remove(const OutgoingStream& stream);
  uint64_t UnansweredRecords(const StreamVerdicts& verdicts) const;

  const UploadOptions options_;
  const Dependencies dependencies_;
  const Owner owner_;
  Mode mode_ = Mode::kStopped;
  Hurry hurry_ = Hurry::kNone;
  Picture picture_ = Picture::kComplete;
  PumpSession session_;
  SpoolStats stats_;                  // when the spool was last read for a new stream
  std::optional<RecordName> cursor_;  // the last record read from the spool in this session
  // The time of the first failure to read a record before the cursor, or a copy; on the boot clock.
  std::optional<absl::Duration> skipped_at_;
  bool reading_ = false;  // an answer of the outbox is awaited
  bool ran_dry_ = false;  // the spool had nothing behind the last record that was read
  // Destroyed first: these refer to all of the above. The last stream may be being written.
  std::deque<std::unique_ptr<OutgoingStream>> streams_;
};

}  // namespace godwit::agent
