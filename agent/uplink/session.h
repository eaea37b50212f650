// The session with the collector: opens it, reopens it after it has ended, and keeps its command
// stream. The table in session_state.cc defines its reaction to each event; the pump
// (upload_pump.h) sends the records.
//
// Invariants
//   - What OpenSession's answer settles replaces what was known to be settled. An answer that
//     settles what was not reported as held is not used at all.
//   - The command stream is open for as long as the session. A link that dies under it ends the
//     session even if nothing is being sent. No status of it delays a record (command_stream.h).
//   - A retry never comes earlier than the collector's last hint allows.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/uplink/command_receiver.h"
#include "agent/uplink/command_stream.h"
#include "agent/uplink/device_report.h"
#include "agent/uplink/options.h"
#include "agent/uplink/outbox.h"
#include "agent/uplink/quarantine.h"
#include "agent/uplink/retry_schedule.h"
#include "agent/uplink/session_state.h"
#include "agent/uplink/transport.h"
#include "agent/uplink/upload_counters.h"
#include "agent/uplink/upload_pump.h"

namespace godwit::agent {

// The session. Loop-confined. Borrows all of Dependencies. The outbox, whose answers refer to the
// session, ends in the same task of the loop.
class Session {
 public:
  struct Dependencies {
    const Clock& clock;
    Executor& loop;
    Random& random;
    Outbox& outbox;
    Transport& transport;
    DeviceReporter& reporter;
    Quarantine& quarantine;
    UploadPump& pump;  // it reports to this session
    UploadCounters& counters;
    CommandReceiver* commands = nullptr;  // none: commands are passed over
  };

  Session(const UploadOptions& options, const Identity& identity, Dependencies dependencies);
  // Ends all calls.
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  void Start();
  // Sends what the spool has now. A pending retry is made now, unless the collector has asked for
  // the wait.
  void Flush();
  // Handles a change of the network: a link came up, or an address is gone. A pending retry is made
  // at once, unless a collector has asked for the wait, and an open session whose address is gone
  // is reopened.
  void NetworkChanged(bool address_gone);
  // Sends what the spool has and calls `done` once everything is settled, the first attempt failed,
  // or the collector has asked to wait. Nothing is started afterwards.
  void Drain(std::function<void()> done);

  SessionState state() const { return state_; }

  // Callbacks of the pump (UploadPump::Owner).
  bool MayReopen() const;
  void Reopen() { On(SessionEvent::kReopen); }
  void OnFailed(const CallResult& result);
  void OnAnswered();
  void OnDrained() { On(SessionEvent::kDone); }

 private:
  // What the OpenSession under way reports of the spool.
  struct Reported {
    std::map<RunId, SeqSet> held;      // by the spool
    std::map<RunId, SeqSet> believed;  // what the request says is held: at least that
    std::vector<Loss> losses;
    PumpSession session;
  };
  struct Opened {
    absl::Duration at;  // on the boot clock
    std::string token;
    std::string store_id;
  };
  // The last state that was logged.
  enum class Logged { kNothing, kOpen, kFailing, kAnswerRefused };

  void On(SessionEvent event);
  void Perform(SessionAction action);
  void OpenSession();
  void UseSession();
  void AwaitRetry();
  void AwaitProbe();
  void End();

  void OnInventory(const SpoolInventory& inventory);
  void OnSessionOpened(const CallResult& result, const v1::OpenSessionResponse& response);
  void TakeAnswer(const v1::OpenSessionResponse& response, std::map<RunId, SeqSet> settled);
  void RefuseAnswer(const Status& why);
  void StartPump(const v1::OpenSessionResponse& response, bool sends_records);
  void RetrySoon();
  void CloseCalls();
  void LeaveSession();
  void LogFailure(const CallResult& result, absl::Duration wait);

  const UploadOptions options_;
  const Identity identity_;
  const Dependencies dependencies_;
  RetrySchedule retry_;
  SessionState state_ = SessionState::kIdle;
  Logged logged_ = Logged::kNothing;
  bool reopened_at_once_ = false;  // since a stream was last answered
  std::function<void()> drained_;  // set while the session drains
  Reported reported_;
  std::optional<Opened> opened_;  // the session that is open
  // Destroyed first: these refer to all of the above.
  std::unique_ptr<Timer> timer_;  // of the state: kWaiting's retry, or kBlocked's probe
  std::unique_ptr<PendingCall> opening_;
  CommandStream commands_;
};

}  // namespace godwit::agent
