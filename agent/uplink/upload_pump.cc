#include "agent/uplink/upload_pump.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "agent/limits.h"
#include "base/check.h"
#include "base/counted.h"
#include "base/text.h"

namespace godwit::agent {

UploadPump::UploadPump(const UploadOptions& options, Dependencies dependencies, Owner owner)
    : options_(options), dependencies_(dependencies), owner_(std::move(owner)) {}

void UploadPump::Start(PumpSession session) {
  session_ = std::move(session);
  cursor_.reset();
  if (dependencies_.quarantine.copies().has_unread()) skipped_at_ = dependencies_.clock.Boot();
  ran_dry_ = false;
  picture_ = session_.reports_all_runs ? Picture::kComplete : Picture::kPartial;
  mode_ = session_.sends_records ? Mode::kPaused : Mode::kHeldBack;
}

void UploadPump::Stop() {
  mode_ = Mode::kStopped;
  skipped_at_.reset();  // of this session only: the next lists again what the disk does not read
  streams_.clear();
}

// Only another session ends being held back, or finishing.
void UploadPump::Enter(Mode mode) {
  if (mode_ != Mode::kHeldBack && mode_ != Mode::kFinishing) mode_ = mode;
}

void UploadPump::Send() {
  Enter(Mode::kSending);
  // Another store's collector takes nothing: there is nothing to wait for.
  if (mode_ == Mode::kHeldBack && hurry_ == Hurry::kDrain) return owner_.drained();
  // The spool is read once more only where something is to be done when nothing is left.
  if (hurry_ == Hurry::kDrain || picture_ != Picture::kComplete) ran_dry_ = false;
  RequestNext();
}

void UploadPump::Probe() {
  Enter(Mode::kProbing);
  RequestNext();
}

void UploadPump::Pause() {
  Enter(Mode::kPaused);
  EndCurrent();
}

void UploadPump::Finish() {
  mode_ = Mode::kFinishing;
  EndCurrent();
  if (idle()) owner_.reopen();
}

void UploadPump::Wake() {
  GODWIT_CHECK_RUNS_ON(dependencies_.loop);
  ran_dry_ = false;
  RequestNext();
}

void UploadPump::Flush() {
  if (hurry_ == Hurry::kNone) hurry_ = Hurry::kFlush;
  Wake();
}

void UploadPump::Drain() {
  hurry_ = Hurry::kDrain;
}

OutgoingStream* UploadPump::Current() {
  return streams_.empty() || streams_.back()->ended() ? nullptr : streams_.back().get();
}

void UploadPump::EndCurrent() {
  OutgoingStream* const current = Current();
  // One that is being written ends when that is done.
  if (current == nullptr || current->writing()) return;
  current->End();
}

// Rather than stay open for what comes within its period.
bool UploadPump::EndsWhenDry() const {
  return hurry_ != Hurry::kNone || options_.batch_period >= options_.stream_period;
}

// A flush is done. A drain is never.
void UploadPump::CalmDown() {
  if (hurry_ == Hurry::kFlush) hurry_ = Hurry::kNone;
}

bool UploadPump::MayRead() {
  if (mode_ != Mode::kSending && mode_ != Mode::kProbing) return false;
  if (ran_dry_) return false;
  if (const OutgoingStream* const current = Current()) return !current->writing();
  return mode_ == Mode::kProbing ? idle() : streams_.size() < kStreamsMax;
}

void UploadPump::RequestNext() {
  // What is being read counts on the tables of the stream that is being written: that stays open.
  if (reading_) return;
  if (GoesBackToSkipped()) return;
  if (const auto* const current = Current(); current != nullptr && current->full()) EndCurrent();
  if (!MayRead()) return;
  reading_ = true;
  // The first record of a stream goes behind what the device reports.
  Outbox::ReadOptions options{.known = session_.known_tables, .stats = Current() == nullptr};
  if (const auto* const current = Current()) {
    options.known.insert(current->tables().begin(), current->tables().end());
  }
  Outbox& outbox = dependencies_.outbox;
  Quarantine& quarantine = dependencies_.quarantine;
  if (mode_ == Mode::kProbing) {
    options.passed_over = quarantine.rejected();
    return outbox.ReadNewest(std::move(options),
                             [this](ReadAnswer answer) { OnProbe(std::move(answer)); });
  }
  options.passed_over = quarantine.withheld();
  if (const auto copy = quarantine.copies().Take()) return ReadCopy(*copy, std::move(options));
  outbox.ReadNext(cursor_, std::move(options),
                  [this](ReadAnswer answer) { OnNext(std::move(answer), false); });
}

void UploadPump::ReadCopy(const RecordName& name, Outbox::ReadOptions options) {
  dependencies_.outbox.ReadQuarantined(name, std::move(options), [this, name](ReadAnswer answer) {
    if (answer.skipped) dependencies_.quarantine.copies().NoteUnread(name);
    OnNext(std::move(answer), true);
  });
}

// A session may last for hours: what the disk did not read is not left until the next. True while
// it waits for the streams under way, or their records would be sent twice.
bool UploadPump::GoesBackToSkipped() {
  if (!skipped_at_ || dependencies_.clock.Boot() - *skipped_at_ < kReadAgainAfter) return false;
  EndCurrent();
  if (!idle()) return true;
  skipped_at_.reset();
  ran_dry_ = false;
  cursor_.reset();
  dependencies_.quarantine.copies().RetryUnread();
  return false;
}

void UploadPump::OnNext(ReadAnswer answer, bool is_copy) {
  reading_ = false;
  if (answer.stats) stats_ = *answer.stats;
  if (mode_ != Mode::kSending) return RequestNext();  // the answer is to an earlier request
  if (answer.skipped && !skipped_at_) skipped_at_ = dependencies_.clock.Boot();
  // The next session reports it to the collector, and begins again at the oldest record.
  if (IsOutdated(answer) && hurry_ != Hurry::kDrain && owner_.may_reopen()) return Finish();
  if (!answer.next) return is_copy ? RequestNext() : OnDry();
  if (IsForNextStream(*answer.next, is_copy)) return RequestNext();
  if (is_copy) {
    dependencies_.quarantine.copies().NoteOffered(answer.next->name);
  } else {
    cursor_ = answer.next->name;
    ran_dry_ = !answer.more;
  }
  SendRecord(*std::move(answer.next));
}

void UploadPump::OnDry() {
  ran_dry_ = true;
  // Runs that the request had no room for have their turn.
  const bool reopens = picture_ == Picture::kPartial && hurry_ != Hurry::kDrain && idle();
  if (reopens && owner_.may_reopen()) return Finish();
  const OutgoingStream* const current = Current();
  if (EndsWhenDry() || (current != nullptr && current->full())) EndCurrent();
  CalmDown();
  if (hurry_ == Hurry::kDrain && idle()) owner_.drained();
}

// The newest record is the one least like those that were rejected. One of those is a worse probe,
// but a full spool that refuses what is new may have no other.
void UploadPump::OnProbe(ReadAnswer answer) {
  reading_ = false;
  if (answer.stats) stats_ = *answer.stats;
  if (mode_ != Mode::kProbing) return RequestNext();
  if (answer.next) return SendRecord(*std::move(answer.next));
  ran_dry_ = true;
}

bool UploadPump::IsOutdated(const ReadAnswer& answer) {
  if (answer.spool_changes != session_.spool_changes) picture_ = Picture::kOutdated;
  return picture_ == Picture::kOutdated;
}

// The stream that is being written has no room for the record's tables: it ends, and the record is
// read again for the next, which must bring them whatever this one has brought.
bool UploadPump::IsForNextStream(const NextRecord& next, bool is_copy) {
  const OutgoingStream* const current = Current();
  if (current == nullptr || current->HasRoomFor(next)) return false;
  if (is_copy) dependencies_.quarantine.copies().PutBack(next.name);
  EndCurrent();
  return true;
}

void UploadPump::SendRecord(NextRecord next) {
  const bool last = mode_ == Mode::kSending && ran_dry_ && EndsWhenDry();
  if (last) CalmDown();
  OutgoingStream* const current = Current();
  (current != nullptr ? *current : StartStream()).Send(std::move(next), last);
}

OutgoingStream& UploadPump::StartStream() {
  OutgoingStream::Owner owner;
  owner.wants_more = [this] { OnWantsMore(); };
  owner.due = [this] {
    if (!reading_) EndCurrent();
  };
  owner.closed = [this](OutgoingStream& closed, const CallResult& result,
                        const v1::UploadMetricsResponse& response) {
    OnStreamClosed(closed, result, response);
  };
  owner.stalled = [this] {
    owner_.failed({.status = Error(StatusCode::kDeadlineExceeded,
                                   Cat("no progress for ", DurationText(kReplyDeadline)))});
  };
  auto stream =
      std::make_unique<OutgoingStream>(session_.bounds, dependencies_.loop, std::move(owner));
  stream->Start(dependencies_.transport, session_.token, dependencies_.reporter.Changes(stats_),
                dependencies_.quarantine.TakeUnreported());
  return *streams_.emplace_back(std::move(stream));
}

void UploadPump::OnWantsMore() {
  if (mode_ != Mode::kSending) return EndCurrent();
  RequestNext();
  if (ran_dry_ && hurry_ == Hurry::kDrain) EndCurrent();
}

void UploadPump::OnStreamClosed(const OutgoingStream& stream, const CallResult& result,
                                const v1::UploadMetricsResponse& response) {
  if (!result.status.ok()) return owner_.failed(result);
  const std::unique_ptr<OutgoingStream> closed = Remove(stream);
  UploadCounters& counters = dependencies_.counters;
  ++counters.streams;
  counters.records += closed->records();
  counters.bytes += closed->bytes();
  session_.known_tables.insert(closed->tables().begin(), closed->tables().end());
  const StreamVerdicts verdicts = closed->Judge(response);
  dependencies_.quarantine.Settle(closed->reported_quarantined(), verdicts);
  if (const uint64_t unanswered = UnansweredRecords(verdicts); unanswered > 0) {
    return owner_.failed(
        {.status = Error(StatusCode::kUnavailable, Cat("the collector asked to send ",
                                                       Counted(unanswered, "record"), " again")),
         .retry_after = result.retry_after});
  }
  owner_.answered();
}

std::unique_ptr<OutgoingStream> UploadPump::Remove(const OutgoingStream& stream) {
  const auto place = std::find_if(streams_.begin(), streams_.end(),
                                  [&](const auto& other) { return other.get() == &stream; });
  GODWIT_CHECK(place != streams_.end());  // only streams in the list are alive to call the pump
  std::unique_ptr<OutgoingStream> removed = std::move(*place);
  streams_.erase(place);
  return removed;
}

// A copy is offered again by the next session, whenever that comes.
uint64_t UploadPump::UnansweredRecords(const StreamVerdicts& verdicts) const {
  const CopyOffers& copies = dependencies_.quarantine.copies();
  return static_cast<uint64_t>(
      std::count_if(verdicts.unanswered.begin(), verdicts.unanswered.end(),
                    [&](const RecordName& name) { return !copies.IsOffered(name); }));
}

}  // namespace godwit::agent
