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
      commands_(transport, options.backoff, {world.clock, world.loop, world.random, world.commands},
                {.is_idle = [this] { return streams_.empty(); },
                 .link_lost = [this](const CallResult& result) { Fail(result); },
                 .reopen = [this] { ReopenWhenAnswered(); }}) {}

Uploader::~Uploader() {
  LeaveSession();
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
  ran_dry_ = false;
  RequestNext();
}

void Uploader::Flush() {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  urgent_ = true;
  ran_dry_ = false;
  if (state_ == SessionState::kWaiting) return RetrySoon();
  RequestNext();
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
  ran_dry_ = false;
  switch (state_) {
    case SessionState::kIdle:
    case SessionState::kBlocked:
    case SessionState::kProbing:
      return FinishDrain();
    case SessionState::kWaiting:
      if (HintHolds()) return FinishDrain();  // the spool keeps what is left
      return Retry();
    case SessionState::kOpen:
      return RequestNext();
    case SessionState::kOpening:
      return;  // its end goes on
  }
}

void Uploader::FinishDrain() {
  opening_.reset();
  commands_.Close();
  streams_.clear();
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

// A stream under way is not cut short: its records would be sent twice.
void Uploader::ReopenWhenAnswered() {
  reopen_wanted_ = true;
  EndCurrent();
  if (streams_.empty()) Reopen();
}

void Uploader::Open() {
  LeaveSession();
  retry_timer_.reset();
  probe_timer_.reset();
  opening_.reset();
  commands_.Close();
  streams_.clear();
  // Behind all reads of the session before: none of their answers can come into the next.
  outbox_.TakeInventory([this](const SpoolInventory& inventory) { OnInventory(inventory); });
}

OutgoingStream* Uploader::Current() {
  return streams_.empty() || streams_.back()->ended() ? nullptr : streams_.back().get();
}

void Uploader::EndCurrent() {
  OutgoingStream* const current = Current();
  // One that is being written ends when that is done.
  if (current == nullptr || current->writing()) return;
  current->End();
}

bool Uploader::MayRead() {
  if (state_ != SessionState::kOpen && state_ != SessionState::kProbing) return false;
  if (ran_dry_ || reopen_wanted_ || holds_back_) return false;
  if (const OutgoingStream* const current = Current()) return !current->writing();
  return state_ == SessionState::kProbing ? streams_.empty() : streams_.size() < kStreamsMax;
}

void Uploader::RequestNext() {
  // What is being read counts on the tables of the stream that is being written: that stays open.
  if (reading_) return;
  if (GoesBackToSkipped()) return;
  if (const auto* const current = Current(); current != nullptr && current->full()) EndCurrent();
  if (!MayRead()) return;
  reading_ = true;
  // The first record of a stream goes behind what the device reports.
  Outbox::Wish wish{.known = known_tables_, .stats = Current() == nullptr};
  if (const auto* const current = Current()) {
    wish.known.insert(current->tables().begin(), current->tables().end());
  }
  if (state_ == SessionState::kProbing) {
    wish.passed_over = quarantine_.rejected();
    return outbox_.ReadNewest(std::move(wish),
                              [this](ReadAnswer answer) { OnProbe(std::move(answer)); });
  }
  wish.passed_over = quarantine_.withheld();
  if (const auto copy = quarantine_.copies().Take()) return OfferAgain(*copy, std::move(wish));
  outbox_.ReadNext(cursor_, std::move(wish),
                   [this](ReadAnswer answer) { OnNext(std::move(answer), false); });
}

void Uploader::OfferAgain(const RecordName& name, Outbox::Wish wish) {
  outbox_.ReadAside(name, std::move(wish), [this, name](ReadAnswer answer) {
    if (answer.skipped) quarantine_.copies().NoteUnread(name);
    OnNext(std::move(answer), true);
  });
}

void Uploader::OnNext(ReadAnswer answer, bool from_aside) {
  reading_ = false;
  if (answer.stats) stats_ = *answer.stats;
  if (state_ == SessionState::kProbing) return RequestNext();  // it was asked for before
  if (state_ != SessionState::kOpen || reopen_wanted_) return;
  if (answer.skipped && !std::exchange(skipped_, true)) skipped_at_ = world_.clock.Boot();
  books_differ_ = answer.spool_changes != changes_at_open_;
  if (books_differ_ && !drained_ && SessionIsWorthwhile()) {
    // Records are gone, or back, since the session was opened: the collector learns of it, and we
    // begin again at the oldest, by a new one.
    return ReopenWhenAnswered();
  }
  if (answer.next && NextStreamTakes(*answer.next, from_aside)) return RequestNext();
  if (answer.next) {
    if (from_aside) {
      quarantine_.copies().NoteOffered(answer.next->name);
    } else {
      cursor_ = answer.next->name;
      ran_dry_ = !answer.more;
    }
    return Send(*std::move(answer.next));
  }
  if (from_aside) return RequestNext();
  ran_dry_ = true;
  // Runs that one OpenSession could not tell of have their turn.
  if (!all_runs_told_ && !drained_ && streams_.empty() && SessionIsWorthwhile()) return Reopen();
  const OutgoingStream* const current = Current();
  if (EndsWhenDry() || (current != nullptr && current->full())) EndCurrent();
  urgent_ = false;
  if (drained_ && streams_.empty()) FinishDrain();
}

// The stream that is being written has no room for the record's tables: it ends, and the record is
// read again for the next, which must bring them whatever this one has brought.
bool Uploader::NextStreamTakes(const NextRecord& next, bool from_aside) {
  const OutgoingStream* const current = Current();
  if (current == nullptr || current->HasRoomFor(next)) return false;
  if (from_aside) quarantine_.copies().PutBack(next.name);
  EndCurrent();
  return true;
}

// Rather than stay open for what comes within its period.
bool Uploader::EndsWhenDry() const {
  return drained_ || urgent_ || options_.batch_period >= options_.stream_period;
}

void Uploader::Send(NextRecord next) {
  const bool last = state_ == SessionState::kOpen && ran_dry_ && EndsWhenDry();
  if (last) urgent_ = false;
  OutgoingStream* const current = Current();
  (current != nullptr ? *current : StartStream()).Send(std::move(next), last);
}

OutgoingStream& Uploader::StartStream() {
  auto stream = std::make_unique<OutgoingStream>(
      bounds_, world_.loop,
      OutgoingStream::Owner{
          .wants_more = [this] { OnWantsMore(); },
          .due =
              [this] {
                if (!reading_) EndCurrent();
              },
          .closed =
              [this](OutgoingStream& closed, const CallResult& result,
                     const v1::UploadMetricsResponse& response) {
                OnStreamClosed(closed, result, response);
              },
          .stalled =
              [this] {
                Fail({.status = Error(StatusCode::kDeadlineExceeded,
                                      Cat("no progress for ", DurationText(kReplyDeadline)))});
              }});
  stream->Start(transport_, token_, world_.reporter.Changes(stats_), quarantine_.TakeUnreported());
  return *streams_.emplace_back(std::move(stream));
}

void Uploader::OnWantsMore() {
  if (state_ != SessionState::kOpen || reopen_wanted_) return EndCurrent();
  RequestNext();
  if (ran_dry_ && drained_) EndCurrent();
}

void Uploader::OnStreamClosed(const OutgoingStream& stream, const CallResult& result,
                              const v1::UploadMetricsResponse& response) {
  if (!result.status.ok()) return Fail(result);
  const auto place = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const auto& other) { return other.get() == &stream; });
  GODWIT_CHECK(place != streams_.end());  // only streams in the list are alive to call this
  const std::unique_ptr<OutgoingStream> closed = std::move(*place);
  streams_.erase(place);
  ++counters_.streams;
  counters_.records += closed->records();
  counters_.bytes += closed->bytes();
  known_tables_.insert(closed->tables().begin(), closed->tables().end());
  const StreamVerdicts verdicts = closed->Judge(response);
  quarantine_.Settle(closed->told_set_aside(), verdicts);
  // A copy is offered again by the next session, whenever that comes.
  const auto unanswered = std::count_if(
      verdicts.unanswered.begin(), verdicts.unanswered.end(),
      [this](const RecordName& name) { return !quarantine_.copies().IsOffered(name); });
  if (unanswered > 0) {
    return Fail(
        {.status = Error(StatusCode::kUnavailable,
                         Cat("the collector asks to send ",
                             Counted(static_cast<uint64_t>(unanswered), "record"), " again")),
         .retry_after = result.retry_after});
  }
  backoff_.Reset();
  reopened_at_once_ = false;
  if (reopen_wanted_ && streams_.empty()) return Reopen();
  if (quarantine_.blocks_upload()) return Block();
  if (state_ != SessionState::kOpen) On(SessionEvent::kAccepted);
  probe_timer_.reset();
  quarantine_.NoteAccepted();
  // One more look only where something is to be done when nothing is left.
  if (drained_ || !all_runs_told_ || books_differ_) ran_dry_ = false;
  RequestNext();
}

// A session may last for hours: what the disk did not read is not left until the next. True while
// it waits for the streams under way, or their records would be sent twice.
bool Uploader::GoesBackToSkipped() {
  if (!skipped_ || world_.clock.Boot() - skipped_at_ < kReadAgainAfter) return false;
  EndCurrent();
  if (!streams_.empty()) return true;
  skipped_ = false;
  ran_dry_ = false;
  cursor_.reset();
  quarantine_.copies().RetryUnread();
  return false;
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
  streams_.clear();
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
