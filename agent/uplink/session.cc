#include "agent/uplink/session.h"

#include <utility>

#include "agent/limits.h"
#include "agent/uplink/open_request.h"
#include "agent/uplink/retry_policy.h"
#include "base/check.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

bool IsHintCut(const CallResult& result) {
  return result.retry_after && *result.retry_after > kRetryHintMax;
}

void WarnOfLabelsLeftOut(const Identity& identity) {
  google::protobuf::RepeatedPtrField<v1::Label> labels;
  const size_t left_out = AddLabels(identity.labels, labels);
  if (left_out == 0) return;
  LogWarning(Cat("upload: ", left_out, " of the device's labels are not reported: the limit is ",
                 kReportedLabelsMax, " labels of ", kReportedLabelBytesMax,
                 " bytes each; see agent.labels"));
}

}  // namespace

Session::Session(const UploadOptions& options, const Identity& identity, Dependencies dependencies)
    : options_(options),
      identity_(identity),
      dependencies_(dependencies),
      retry_(options.backoff, dependencies.clock, dependencies.random),
      commands_(dependencies.transport, options.backoff,
                {dependencies.clock, dependencies.loop, dependencies.random, dependencies.commands},
                {.is_idle = [this] { return dependencies_.pump.idle(); },
                 .link_lost = [this](const CallResult& result) { OnFailed(result); },
                 .reopen = [this] { dependencies_.pump.Finish(); }}) {}

Session::~Session() {
  LeaveSession();
  dependencies_.pump.Stop();
}

void Session::Start() {
  GODWIT_CHECK_RUNS_ON(dependencies_.loop);
  WarnOfLabelsLeftOut(identity_);
  On(SessionEvent::kStart);
}

void Session::Flush() {
  GODWIT_CHECK_RUNS_ON(dependencies_.loop);
  dependencies_.pump.Flush();
  if (state_ != SessionState::kWaiting) return;
  retry_.BringForward();
  RetrySoon();
}

void Session::NetworkChanged(bool address_gone) {
  GODWIT_CHECK_RUNS_ON(dependencies_.loop);
  // It has ended, or is about to: there is nothing to open again.
  if (drained_ || state_ == SessionState::kIdle) return;
  if (state_ == SessionState::kWaiting) {
    if (retry_.BringForwardForNetwork()) RetrySoon();
    return;
  }
  // The connection may hang on the address that is gone; a session more costs one round trip.
  if (address_gone && MayReopen()) Reopen();
}

void Session::Drain(std::function<void()> done) {
  GODWIT_CHECK_RUNS_ON(dependencies_.loop);
  drained_ = std::move(done);
  dependencies_.pump.Drain();
  // While the collector has asked to wait, the spool keeps what is left.
  const bool must_wait = state_ == SessionState::kWaiting && retry_.HintHolds();
  On(must_wait ? SessionEvent::kDone : SessionEvent::kDrain);
}

bool Session::MayReopen() const {
  return opened_ && dependencies_.clock.Boot() - opened_->at >= kSessionWorthwhile;
}

void Session::On(SessionEvent event) {
  const SessionStep step = After(state_, event);
  timer_.reset();
  state_ = step.state;
  Perform(step.action);
}

void Session::Perform(SessionAction action) {
  switch (action) {
    case SessionAction::kNothing:
      return;
    case SessionAction::kOpenSession:
      return OpenSession();
    case SessionAction::kUseSession:
      return UseSession();
    case SessionAction::kAwaitRetry:
      return AwaitRetry();
    case SessionAction::kSendRecords:
      return dependencies_.pump.Send();
    case SessionAction::kPostponeProbe:
      dependencies_.quarantine.NoteProbeRejected(dependencies_.clock.Boot());
      return AwaitProbe();
    case SessionAction::kAwaitProbe:
      return AwaitProbe();
    case SessionAction::kProbe:
      return dependencies_.pump.Probe();
    case SessionAction::kEnd:
      return End();
  }
}

void Session::OpenSession() {
  LeaveSession();
  CloseCalls();
  // Behind all reads of the last session: none of their answers can come into the next.
  dependencies_.outbox.TakeInventory(
      [this](const SpoolInventory& inventory) { OnInventory(inventory); });
}

void Session::UseSession() {
  if (!drained_) commands_.Open(opened_->token);
  if (dependencies_.commands != nullptr) {
    dependencies_.commands->SessionOpened(
        {dependencies_.transport, opened_->token, opened_->store_id});
  }
  if (!dependencies_.quarantine.blocks_upload()) return dependencies_.pump.Send();
  On(SessionEvent::kRejected);
  // A drain that waited for this session has ended it.
  if (state_ != SessionState::kBlocked) return;
  if (dependencies_.quarantine.TakeProbeDue()) On(SessionEvent::kProbeDue);
}

void Session::AwaitRetry() {
  timer_ = dependencies_.loop.PostAfter(retry_.wait(), [this] { On(SessionEvent::kRetry); });
}

// The first probe comes at once: if it is taken, the records were bad and not the collector. Each
// has a session of its own: what the spool has lost meanwhile is reported, too.
void Session::AwaitProbe() {
  dependencies_.pump.Pause();
  if (drained_) return On(SessionEvent::kDone);
  const absl::Duration wait = dependencies_.quarantine.UntilProbe(dependencies_.clock.Boot());
  timer_ = dependencies_.loop.PostAfter(wait, [this] {
    dependencies_.quarantine.SetProbeDue();
    Reopen();
  });
}

void Session::End() {
  CloseCalls();
  if (drained_) std::exchange(drained_, nullptr)();
}

void Session::OnInventory(const SpoolInventory& inventory) {
  if (state_ != SessionState::kOpening) return;
  dependencies_.quarantine.PrepareSession(inventory);
  v1::OpenSessionRequest request = MakeOpenRequest(identity_, dependencies_.clock, inventory);
  reported_ = {.believed = HeldIn(request), .losses = inventory.losses};
  for (const RunState& run : inventory.runs) reported_.held[run.run] = run.held;
  // A table or a loss that had no place in the request is one that the collector does not know of.
  reported_.losses.resize(static_cast<size_t>(request.losses_size()));
  reported_.session = {.known_tables = {request.table_ids().begin(), request.table_ids().end()},
                       .spool_changes = inventory.spool_changes,
                       .reports_all_runs = inventory.runs.size() <= kReportedRunsMax};
  *request.mutable_report() = dependencies_.reporter.InFull(inventory.stats);
  opening_ = dependencies_.transport.OpenSession(
      request, kOpenSessionDeadline,
      [this](const CallResult& result, const v1::OpenSessionResponse& response) {
        OnSessionOpened(result, response);
      });
}

void Session::OnSessionOpened(const CallResult& result, const v1::OpenSessionResponse& response) {
  if (!result.status.ok()) return OnFailed(result);
  const bool is_ours = options_.only_store.empty() || response.store_id() == options_.only_store;
  if (is_ours) {
    auto settled = SettledIn(response, reported_.believed);
    if (!settled.ok()) return RefuseAnswer(settled.status());
    TakeAnswer(response, *std::move(settled));
  }
  if (std::exchange(logged_, Logged::kOpen) != Logged::kOpen) {
    LogInfo(is_ours ? "upload: session open"
                    : "upload: session open with a different collector, which gets no records");
  }
  opened_ = {dependencies_.clock.Boot(), response.session_token(), response.store_id()};
  ++dependencies_.counters.sessions;
  StartPump(response, is_ours);
  On(SessionEvent::kOpened);
}

void Session::TakeAnswer(const v1::OpenSessionResponse& response, std::map<RunId, SeqSet> settled) {
  dependencies_.outbox.ReplaceSettled(std::move(settled), std::exchange(reported_.held, {}));
  dependencies_.quarantine.BeginSession({response.store_id(), response.collector_version()});
  dependencies_.outbox.ConfirmReported(std::exchange(reported_.losses, {}));
}

// Nothing of it is used: the spool keeps everything, and the next session asks again.
void Session::RefuseAnswer(const Status& why) {
  ++dependencies_.counters.answers_refused;
  if (std::exchange(logged_, Logged::kAnswerRefused) != Logged::kAnswerRefused) {
    LogError(Cat("upload: ", Message(why), ": the session is not used, and nothing is deleted"));
  }
  OnFailed({.status = why});
}

void Session::StartPump(const v1::OpenSessionResponse& response, bool sends_records) {
  PumpSession session = std::exchange(reported_.session, {});
  session.token = response.session_token();
  session.bounds = BoundsIn(response, options_.stream_period);
  session.sends_records = sends_records;
  for (const std::string& id : response.unknown_table_ids()) session.known_tables.erase(id);
  dependencies_.pump.Start(std::move(session));
}

void Session::OnAnswered() {
  retry_.ResetBackoff();
  reopened_at_once_ = false;
  if (dependencies_.pump.finished()) return Reopen();
  if (dependencies_.quarantine.blocks_upload()) return On(SessionEvent::kRejected);
  On(SessionEvent::kAccepted);
}

void Session::OnFailed(const CallResult& result) {
  CloseCalls();
  ++dependencies_.counters.failures;
  if (drained_) return On(SessionEvent::kDone);
  const bool reopens = NextStepAfter(result) == NextStep::kReopenNow;
  if (reopens && !std::exchange(reopened_at_once_, true)) return Reopen();
  if (MayReopen()) retry_.ResetBackoff();
  if (IsHintCut(result)) ++dependencies_.counters.hints_cut;
  const absl::Duration wait = retry_.Plan(result, opened_.has_value());
  LeaveSession();
  LogFailure(result, wait);
  On(SessionEvent::kFailed);
}

// A state change is logged, a repeated failure is not.
void Session::LogFailure(const CallResult& result, absl::Duration wait) {
  const std::string line =
      Cat("upload: ", absl::StatusCodeToString(result.status.code()), ": ", Message(result.status),
          "; trying again in ", DurationText(absl::Ceil(wait, absl::Milliseconds(1))),
          IsHintCut(result) ? ", the longest wait that the agent accepts from a collector" : "");
  const bool is_failing = logged_ == Logged::kFailing || logged_ == Logged::kAnswerRefused;
  if (NextStepAfter(result) == NextStep::kNeedsAttention) {
    LogError(line);
  } else if (is_failing) {
    LogDebug(line);
  } else {
    LogWarning(line);
  }
  if (!is_failing) logged_ = Logged::kFailing;
}

// Now, or as soon as a hint allows: that wait was at least as long.
void Session::RetrySoon() {
  if (retry_.wait() > absl::ZeroDuration()) return AwaitRetry();
  On(SessionEvent::kRetry);
}

void Session::CloseCalls() {
  opening_.reset();
  commands_.Close();
  dependencies_.pump.Stop();
}

// What goes over the session's connection ends with it.
void Session::LeaveSession() {
  opened_.reset();
  if (dependencies_.commands != nullptr) dependencies_.commands->SessionLost();
}

}  // namespace godwit::agent
