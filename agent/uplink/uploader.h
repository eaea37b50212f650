// The session: opens it, and has the pump send what the spool holds (upload_pump.h).
// Its states and how they follow each other are the table in session_state.cc.
//
// Invariants
//   - Nothing is settled but by OpenSession's answer, which replaces what was known, or by a reply
//     of this session. An answer that settles what was not reported as held is not used at all.
//   - The command stream is open as long as the session; a link that dies under it ends the session
//     although nothing is being sent. No status of it holds up a record (command_stream.h).
//   - A retry never comes earlier than the collector's last hint allows, whatever else happens.
//   - What a collector does not take is kept by the quarantine (quarantine.h).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/uplink/command_receiver.h"
#include "agent/uplink/command_stream.h"
#include "agent/uplink/device_report.h"
#include "agent/uplink/options.h"
#include "agent/uplink/outbox.h"
#include "agent/uplink/quarantine.h"
#include "agent/uplink/session_state.h"
#include "agent/uplink/transport.h"
#include "agent/uplink/upload_counters.h"
#include "agent/uplink/upload_pump.h"
#include "platform/clock.h"
#include "platform/executor.h"
#include "platform/random.h"

namespace godwit::agent {

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
  void Retry();
  void OnInventory(const SpoolInventory& inventory);
  void OnSessionOpened(const CallResult& result, const v1::OpenSessionResponse& response,
                       const std::map<RunId, SeqSet>& held);
  void RefuseAnswer(const Status& why);
  void StartPump(const v1::OpenSessionResponse& response);
  void TakeAnswer(const v1::OpenSessionResponse& response, std::map<RunId, SeqSet> settled);

  void OnAnswered();
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
  Quarantine quarantine_;
  UploadPump pump_;
  bool was_connected_ = false;
  bool failing_ = false;
  bool answer_refused_ = false;  // of the last session that was answered
  std::function<void()> drained_;
  absl::Duration hurried_at_ = -absl::InfiniteDuration();
  // Until then the collector wants to hear nothing; on the boot clock.
  absl::Duration not_before_ = -absl::InfiniteDuration();

  // Of the session.
  bool session_open_ = false;
  bool holds_back_ = false;                // it is with a collector that is sent nothing
  absl::Duration opened_at_;               // on the boot clock
  PumpSession opening_session_;            // of the OpenSession under way
  std::vector<Loss> losses_told_;          // by the OpenSession under way
  std::map<RunId, SeqSet> held_reported_;  // likewise
  bool reopened_at_once_ = false;

  // Destroyed first: timers and calls refer to all of the above.
  std::unique_ptr<Timer> retry_timer_;
  std::unique_ptr<Timer> probe_timer_;
  std::unique_ptr<PendingCall> opening_;
  CommandStream commands_;
};

}  // namespace godwit::agent
