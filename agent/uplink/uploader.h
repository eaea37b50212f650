// The session: opens it, sends what the spool holds in bounded streams, settles by their replies.
// Its states and how they follow each other are the table in session_state.cc.
//
// Invariants
//   - Nothing is settled but by OpenSession's answer, which replaces what was known, or by a reply
//     of this session. An answer that settles what was not reported as held is not used at all.
//   - At most kStreamsMax streams, one of them being written, a record in one of them only.
//   - The command stream is open as long as the session; a link that dies under it ends the session
//     although nothing is being sent. No status of it holds up a record (command_stream.h).
//   - A retry never comes earlier than the collector's last hint allows, whatever else happens.
//   - A record that is rejected, or in conflict, is settled only once a copy of it stands aside.
//     One without room for a copy stays in the spool and is not sent to this collector again.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/uplink/command_receiver.h"
#include "agent/uplink/command_stream.h"
#include "agent/uplink/device_report.h"
#include "agent/uplink/options.h"
#include "agent/uplink/outbox.h"
#include "agent/uplink/outgoing_stream.h"
#include "agent/uplink/session_state.h"
#include "agent/uplink/transport.h"
#include "platform/clock.h"
#include "platform/executor.h"
#include "platform/random.h"

namespace godwit::agent {

// Since the start.
struct UploadCounters {
  uint64_t sessions = 0;
  uint64_t streams = 0;  // that were answered
  uint64_t records = 0;  // in them
  ByteCount bytes = 0;
  uint64_t rejected = 0;
  uint64_t conflicts = 0;
  uint64_t failures = 0;
  uint64_t answers_refused = 0;  // to OpenSession: they claimed too much
  uint64_t hints_cut = 0;        // that asked for more than kRetryHintMax
};

// Whose judgement of records it is: another store, or another version, may judge otherwise.
struct CollectorName {
  std::string store_id;
  std::string version;
  friend bool operator==(const CollectorName&, const CollectorName&) = default;
};

// Loop-confined.
class Uploader final {
 public:
  struct World {
    const Clock& clock;
    Executor& loop;
    Random& random;
    DeviceReporter& reporter;
    CommandReceiver* commands = nullptr;  // none: commands are passed over
  };

  Uploader(const UploadOptions& options, const Identity& identity, Outbox& outbox,
           Transport& transport, World world);
  ~Uploader();

  void Start();
  // The spool has a new record.
  void Wake();
  // Sends what is there now: the stream under way ends behind it, and nothing waits for a retry
  // longer than the collector asked for.
  void Flush();
  // A link came up, or an address is gone: what waits for a retry tries at once, unless a collector
  // has asked for the wait, and an open session whose address is gone is opened anew.
  void NetworkChanged(bool address_gone);
  // Sends what is there and calls `done` once everything is settled, the first attempt failed, or
  // the collector has asked to wait. Nothing is started afterwards.
  void Drain(std::function<void()> done);

  SessionState state() const { return state_; }
  const UploadCounters& counters() const { return counters_; }

 private:
  void On(SessionEvent event) { state_ = After(state_, event); }
  void Open();
  void Reopen();
  void ReopenWhenAnswered();
  void Retry();
  void OnInventory(const SpoolInventory& inventory);
  void OnSessionOpened(const CallResult& result, const v1::OpenSessionResponse& response,
                       const std::map<RunId, SeqSet>& held);
  void RefuseAnswer(const Status& why);
  void TakeAnswer(const v1::OpenSessionResponse& response, std::map<RunId, SeqSet> settled);
  void NoteCollector(const v1::OpenSessionResponse& response);

  // The stream that is being written; null when there is none.
  OutgoingStream* Current();
  void EndCurrent();
  bool MayRead();
  void RequestNext();
  void OfferAgain(const RecordName& name, Outbox::Wish wish);
  void OnNext(ReadAnswer answer, bool from_aside);
  bool NextStreamTakes(const NextRecord& next, bool from_aside);
  void OnProbe(ReadAnswer answer);
  bool EndsWhenDry() const;
  bool GoesBackToSkipped();
  void Send(NextRecord next);
  OutgoingStream& StartStream();
  void OnWantsMore();
  void OnStreamClosed(const OutgoingStream& stream, const CallResult& result,
                      const v1::UploadMetricsResponse& response);
  void Settle(const OutgoingStream& stream, const StreamVerdicts& verdicts);
  void SetAside(const std::vector<RecordName>& names, AsideKind kind, const std::string& reason);
  void NoteCopies(AsideKind kind, const AsideAnswer& answer);
  void CopyAgain(const SpoolInventory& inventory);
  void ListCopies(const SpoolInventory& inventory);
  void Block();
  void LeaveSession();
  void Fail(const CallResult& result);
  absl::Duration NextWait(const CallResult& result);
  void RetrySoon();
  bool HintHolds() const { return world_.clock.Boot() < not_before_; }
  void FinishDrain();
  bool SessionIsWorthwhile() const;

  const UploadOptions options_;
  const Identity identity_;
  Outbox& outbox_;
  Transport& transport_;
  World world_;
  Backoff backoff_;
  SessionState state_ = SessionState::kIdle;
  UploadCounters counters_;
  SpoolStats stats_;  // when the spool was last read
  bool was_connected_ = false;
  bool failing_ = false;
  bool answer_refused_ = false;  // of the last session that was answered
  bool told_no_copies_ = false;
  bool urgent_ = false;
  std::function<void()> drained_;
  int rejections_in_a_row_ = 0;
  std::set<RecordName> rejected_before_;  // of this start; at most kToldAsideMax
  // This collector refused them, and there was no room for a copy: passed over, or they would stand
  // in front of all others in every session. At most kToldAsideMax.
  std::map<RecordName, AsideKind> without_copy_;
  bool probe_due_ = false;
  bool probe_failed_ = false;  // since the upload was blocked
  absl::Duration probe_at_;    // on the boot clock
  absl::Duration hurried_at_ = -absl::InfiniteDuration();
  // Until then the collector wants to hear nothing; on the boot clock.
  absl::Duration not_before_ = -absl::InfiniteDuration();
  std::optional<CollectorName> collector_;  // of the last session that may take records
  // Copies that this collector has judged and not taken: it is not offered them again. Copies that
  // are gone are left out when a session opens.
  std::set<RecordName> not_taken_;

  // Of the session.
  bool session_open_ = false;
  bool holds_back_ = false;   // it is with a collector that is sent nothing
  absl::Duration opened_at_;  // on the boot clock
  std::string token_;
  StreamBounds bounds_;
  std::set<TableId> known_tables_;
  std::optional<RecordName> cursor_;  // the last record read from the spool
  uint64_t changes_at_open_ = 0;
  bool all_runs_told_ = true;
  std::vector<Loss> losses_told_;          // by the OpenSession under way
  std::map<RunId, SeqSet> held_reported_;  // likewise
  std::vector<RecordName> untold_aside_;   // rejected, copied, and the collector does not know
  std::deque<RecordName> to_offer_again_;
  std::vector<RecordName> unread_copies_;  // to be offered again, once the disk reads them
  std::set<RecordName> offered_again_;
  bool reopen_wanted_ = false;  // the books must be closed, or a record sent again
  bool books_differ_ = false;   // records are gone, or back, since the session was opened
  bool reopened_at_once_ = false;
  bool reading_ = false;       // an answer of the outbox is awaited
  bool ran_dry_ = false;       // the spool had nothing behind the last record that was read
  bool skipped_ = false;       // a record in front of the cursor, or a copy, could not be read
  absl::Duration skipped_at_;  // on the boot clock

  // Destroyed first: timers and calls refer to all of the above.
  std::unique_ptr<Timer> retry_timer_;
  std::unique_ptr<Timer> probe_timer_;
  std::unique_ptr<PendingCall> opening_;
  CommandStream commands_;
  std::deque<std::unique_ptr<OutgoingStream>> streams_;  // the last may be being written
};

}  // namespace godwit::agent
