#include "agent/uplink/uploader.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "agent/uplink/open_request.h"
#include "agent/uplink/retry_policy.h"
#include "base/check.h"
#include "base/counted.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// A changed network ends the wait for a retry, this seldom.
constexpr absl::Duration kHurryAgain = absl::Seconds(3);

std::string AskedFor(const CallResult& result) {
  if (!result.retry_after || *result.retry_after <= kRetryHintMax) return {};
  return ", the longest wait that a collector may ask for";
}

}  // namespace

Uploader::Uploader(const UploadOptions& options, const Identity& identity, Outbox& outbox,
                   Transport& transport, World world)
    : options_(options),
      identity_(identity),
      outbox_(outbox),
      transport_(transport),
      world_(world),
      backoff_(options.backoff),
      quarantine_(outbox, counters_),
      pump_(options,
            {world.clock, world.loop, outbox, transport, world.reporter, quarantine_, counters_},
            {.may_reopen = [this] { return SessionIsWorthwhile(); },
             .reopen = [this] { Reopen(); },
             .failed = [this](const CallResult& result) { Fail(result); },
             .answered = [this] { OnAnswered(); },
             .drained = [this] { FinishDrain(); }}),
      commands_(transport, options.backoff, {world.clock, world.loop, world.random, world.commands},
                {.is_idle = [this] { return pump_.idle(); },
                 .link_lost = [this](const CallResult& result) { Fail(result); },
                 .reopen = [this] { pump_.Finish(); }}) {}

Uploader::~Uploader() {
  LeaveSession();
  pump_.Stop();
}

// What goes over the session's connection ends with it.
void Uploader::LeaveSession() {
  session_open_ = false;
  if (world_.commands != nullptr) world_.commands->SessionLost();
}

void Uploader::Start() {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  google::protobuf::RepeatedPtrField<v1::Label> labels;
  if (const size_t left_out = AddLabels(identity_.labels, labels); left_out > 0) {
    LogWarning(Cat("upload: ", left_out, " of the device's labels are not reported: at most ",
                   kReportedLabelsMax, " labels of ", kReportedLabelBytesMax,
                   " bytes each are; see: agent.labels"));
  }
  On(SessionEvent::kStart);
  Open();
}

void Uploader::Wake() {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  pump_.Wake();
}

void Uploader::Flush() {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  pump_.Flush();
  if (state_ == SessionState::kWaiting) RetrySoon();
}

void Uploader::NetworkChanged(bool address_gone) {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  // It has ended, or is about to: there is nothing to open anew.
  if (drained_ || state_ == SessionState::kIdle) return;
  if (state_ == SessionState::kWaiting) {
    // Links that come and go without end are no reason to hurry without end.
    const absl::Duration now = world_.clock.Boot();
    if (now - hurried_at_ < kHurryAgain) return;
    hurried_at_ = now;
    if (!HintHolds()) backoff_.Reset();
    return RetrySoon();
  }
  // The connection may hang on the address that is gone; a session more costs one round trip.
  if (address_gone && session_open_ && SessionIsWorthwhile()) Reopen();
}

void Uploader::Drain(std::function<void()> done) {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  drained_ = std::move(done);
  pump_.Drain();
  switch (state_) {
    case SessionState::kIdle:
    case SessionState::kBlocked:
    case SessionState::kProbing:
      return FinishDrain();
    case SessionState::kWaiting:
      if (HintHolds()) return FinishDrain();  // the spool keeps what is left
      return Retry();
    case SessionState::kOpen:
      return pump_.Wake();
    case SessionState::kOpening:
      return;  // its end goes on
  }
}

void Uploader::FinishDrain() {
  opening_.reset();
  commands_.Close();
  pump_.Stop();
  probe_timer_.reset();
  retry_timer_.reset();
  On(SessionEvent::kDone);
  if (drained_) std::exchange(drained_, nullptr)();
}

// Now, or as soon as a hint allows: that wait was at least as long.
void Uploader::RetrySoon() {
  if (!HintHolds()) return Retry();
  retry_timer_ = world_.loop.PostAfter(not_before_ - world_.clock.Boot(), [this] { Retry(); });
}

void Uploader::Retry() {
  On(SessionEvent::kRetry);
  Open();
}

void Uploader::Reopen() {
  On(SessionEvent::kReopen);
  Open();
}

void Uploader::Open() {
  LeaveSession();
  retry_timer_.reset();
  probe_timer_.reset();
  opening_.reset();
  commands_.Close();
  pump_.Stop();
  // Behind all reads of the session before: none of their answers can come into the next.
  outbox_.TakeInventory([this](const SpoolInventory& inventory) { OnInventory(inventory); });
}

void Uploader::OnAnswered() {
  backoff_.Reset();
  reopened_at_once_ = false;
  if (pump_.finished()) return Reopen();
  if (quarantine_.blocks_upload()) return Block();
  if (state_ != SessionState::kOpen) On(SessionEvent::kAccepted);
  probe_timer_.reset();
  quarantine_.NoteAccepted();
  pump_.Send();
}

bool Uploader::SessionIsWorthwhile() const {
  return world_.clock.Boot() - opened_at_ >= kSessionWorthwhile;
}

// Sets `not_before_`, too.
absl::Duration Uploader::NextWait(const CallResult& result) {
  const absl::Duration backoff = backoff_.Next(world_.random.Next());
  const absl::Duration now = world_.clock.Boot();
  if (result.retry_after && *result.retry_after > kRetryHintMax) ++counters_.hints_cut;
  // A hint at the end of an open session is one to all its devices: each returns within it.
  const bool sent_away = absl::IsUnavailable(result.status) && result.retry_after;
  if ((result.closed_by_peer || sent_away) && session_open_) {
    const absl::Duration spread = result.retry_after
                                      ? BoundedHint(*result.retry_after)
                                      : std::min(kReturnSpread, options_.backoff.max);
    const absl::Duration wait = UniformDuration(world_.random.Next(), spread);
    if (!result.retry_after) return wait;
    not_before_ = now + wait;
    return std::max(wait, backoff);
  }
  if (result.retry_after) not_before_ = now + BoundedHint(*result.retry_after);
  return WaitAfter(result, backoff);
}

void Uploader::Fail(const CallResult& result) {
  opening_.reset();
  commands_.Close();
  pump_.Stop();
  probe_timer_.reset();
  ++counters_.failures;
  if (drained_) return FinishDrain();
  const NextStep step = NextStepAfter(result);
  if (step == NextStep::kReopenNow && !std::exchange(reopened_at_once_, true)) return Reopen();
  if (session_open_ && SessionIsWorthwhile()) backoff_.Reset();
  const absl::Duration wait = NextWait(result);
  LeaveSession();
  const std::string line =
      Cat("upload: ", absl::StatusCodeToString(result.status.code()), ": ", Message(result.status),
          "; trying again in ", DurationText(absl::Ceil(wait, absl::Milliseconds(1))),
          AskedFor(result));
  // A state change is logged, a repeated failure is not.
  if (step == NextStep::kTellSomebody) {
    LogError(line);
  } else if (!failing_) {
    LogWarning(line);
  } else {
    LogDebug(line);
  }
  failing_ = true;
  On(SessionEvent::kFailed);
  retry_timer_ = world_.loop.PostAfter(wait, [this] { Retry(); });
}

}  // namespace godwit::agent
