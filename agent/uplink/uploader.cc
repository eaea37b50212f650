#include "agent/uplink/uploader.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "agent/uplink/retry_policy.h"
#include "base/check.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

// What gets no better by itself is tried again this seldom.
constexpr absl::Duration kSlowRetry = absl::Minutes(5);
// A session that lived this long was worth opening: what ends it begins the back-off anew.
constexpr absl::Duration kSessionWorthwhile = absl::Seconds(10);
// A stalled stream is given up by kReplyDeadline; this bounds one that trickles.
constexpr absl::Duration kStreamDeadline = absl::Minutes(30);

void AddRun(const RunState& state, v1::OpenSessionRequest& request) {
  v1::HeldRun& run = *request.add_runs();
  run.set_run_id(state.run);
  run.set_last_seq(state.last_seq);
  run.set_follows_run_id(state.follows_run);
  run.set_follows_last_seq(state.follows_last_seq);
  run.set_unclean_end(state.unclean);
  for (const SeqRange& range : state.held.Ranges()) {
    v1::SeqRange& held = *run.add_held();
    held.set_first(range.first);
    held.set_last(range.last);
  }
}

void AddLoss(const Loss& loss, v1::OpenSessionRequest& request) {
  v1::Loss& lost = *request.add_losses();
  lost.set_run_id(loss.run);
  lost.mutable_seqs()->set_first(loss.seqs.first);
  lost.mutable_seqs()->set_last(loss.seqs.last);
  // A reason that a newer spool wrote is passed on as its number.
  lost.set_reason(static_cast<v1::LossReason>(loss.reason));
}

}  // namespace

Uploader::Uploader(const UploadOptions& options, const Identity& identity, Outbox& outbox,
                   Transport& transport, World world)
    : options_(options),
      identity_(identity),
      outbox_(outbox),
      transport_(transport),
      world_(world),
      backoff_(options.backoff) {}

Uploader::~Uploader() = default;

void Uploader::Start() {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  GODWIT_CHECK(state_ == State::kIdle);
  Open();
}

void Uploader::Wake() {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  ran_dry_ = false;
  if (state_ == State::kReady || state_ == State::kSending) RequestNext();
}

void Uploader::Drain(std::function<void()> done) {
  GODWIT_CHECK_RUNS_ON(world_.loop);
  drained_ = std::move(done);
  ran_dry_ = false;
  switch (state_) {
    case State::kIdle:
      return FinishDrain();
    case State::kWaiting:
      return Open();
    case State::kReady:
    case State::kSending:
      return RequestNext();
    case State::kOpening:
    case State::kAwaiting:
      return;  // their end goes on
  }
}

void Uploader::FinishDrain() {
  state_ = State::kIdle;
  if (drained_) std::exchange(drained_, nullptr)();
}

void Uploader::Open() {
  state_ = State::kOpening;
  retry_timer_.reset();
  stream_.reset();
  outbox_.TakeInventory([this](const SpoolInventory& inventory) { OnInventory(inventory); });
}

void Uploader::OnInventory(const SpoolInventory& inventory) {
  if (state_ != State::kOpening) return;
  v1::OpenSessionRequest request;
  request.set_device_id(identity_.device_id);
  request.set_device_name(identity_.device_name);
  for (const auto& [key, value] : identity_.labels) {
    v1::Label& label = *request.add_labels();
    label.set_key(key);
    label.set_value(value);
  }
  request.set_boot_id(identity_.boot_id);
  request.set_agent_version(identity_.agent_version);
  request.set_boot_time_ns(absl::ToInt64Nanoseconds(world_.clock.Boot()));
  request.set_wall_time_unix_ns(absl::ToUnixNanos(world_.clock.Wall()));
  request.set_wall_synchronised(world_.clock.WallSynchronised());
  for (const RunState& run : inventory.runs) AddRun(run, request);
  known_tables_.clear();
  for (const TableId& id : inventory.table_ids) {
    request.add_table_ids(id);
    known_tables_.insert(id);
  }
  for (const Loss& loss : inventory.losses) AddLoss(loss, request);
  losses_told_ = inventory.losses;
  changes_at_open_ = inventory.spool_changes;
  opening_ = transport_.OpenSession(
      request, kOpenSessionDeadline,
      [this](const CallResult& result, const v1::OpenSessionResponse& response) {
        OnSessionOpened(result, response);
      });
}

void Uploader::OnSessionOpened(const CallResult& result, const v1::OpenSessionResponse& response) {
  if (!result.status.ok()) return Fail(result);
  token_ = response.session_token();
  for (const std::string& id : response.unknown_table_ids()) known_tables_.erase(id);
  std::map<RunId, SeqSet> settled;
  for (const v1::SettledRun& run : response.settled()) {
    for (const v1::SeqRange& range : run.settled()) {
      settled[run.run_id()].Add(SeqRange{range.first(), range.last()});
    }
  }
  outbox_.ReplaceSettled(std::move(settled));
  outbox_.ConfirmTold(std::exchange(losses_told_, {}));
  cursor_.reset();
  reopen_ = false;
  ran_dry_ = false;
  if (failing_ || !was_connected_) LogInfo("upload: session open");
  failing_ = false;
  was_connected_ = true;
  session_open_ = true;
  opened_at_ = world_.clock.Boot();
  state_ = State::kReady;
  RequestNext();
}

void Uploader::RequestNext() {
  if (reading_ || ran_dry_ || !messages_.empty() || writing_) return;
  if (state_ == State::kSending && StreamIsFull()) return EndStream();
  reading_ = true;
  std::set<TableId> known = known_tables_;
  known.insert(sent_tables_.begin(), sent_tables_.end());
  outbox_.ReadNext(cursor_, std::move(known),
                   [this](ReadAnswer answer) { OnNext(std::move(answer)); });
}

void Uploader::OnNext(ReadAnswer answer) {
  reading_ = false;
  if (state_ != State::kReady && state_ != State::kSending) return;
  if (answer.spool_changes != changes_at_open_ && !drained_ &&
      world_.clock.Boot() - opened_at_ >= kSessionWorthwhile) {
    // Records are gone, or back, since the session was opened: the collector learns of it, and we
    // begin again at the oldest, by a new one.
    if (state_ == State::kReady) return Open();
    reopen_ = true;
    return EndStream();
  }
  if (answer.next) {
    if (state_ == State::kReady) return StartStream(*std::move(answer.next));
    return Enqueue(*std::move(answer.next));
  }
  ran_dry_ = true;
  if (state_ == State::kSending) {
    if (drained_ || period_over_) EndStream();
  } else if (drained_) {
    FinishDrain();
  }
}

void Uploader::StartStream(NextRecord first) {
  state_ = State::kSending;
  sent_tables_.clear();
  awaiting_verdict_.clear();
  stream_records_ = 0;
  stream_bytes_ = 0;
  period_over_ = false;
  messages_.clear();
  messages_.emplace_back().mutable_start()->set_session_token(token_);
  stream_ = transport_.StartUpload(kStreamDeadline, *this);
  period_timer_ = world_.loop.PostAfter(options_.stream_period, [this] {
    period_over_ = true;
    if (state_ == State::kSending && !writing_ && messages_.empty() && !reading_) EndStream();
  });
  Enqueue(std::move(first));
}

void Uploader::Enqueue(NextRecord next) {
  cursor_ = next.name;
  for (v1::Table& table : next.tables) {
    sent_tables_.insert(table.table_id());
    *messages_.emplace_back().mutable_table() = std::move(table);
  }
  stream_bytes_ += next.record.batch().size();
  ++stream_records_;
  awaiting_verdict_.insert(next.name);
  *messages_.emplace_back().mutable_record() = std::move(next.record);
  if (!writing_) WriteOne();
}

void Uploader::WriteOne() {
  writing_ = true;
  ArmStall();
  const v1::UploadMetricsRequest message = std::move(messages_.front());
  messages_.pop_front();
  stream_->Write(message);
}

void Uploader::OnWritten() {
  writing_ = false;
  if (state_ != State::kSending) return;
  if (!messages_.empty()) return WriteOne();
  RequestNext();
  if (ran_dry_ && (drained_ || period_over_) && state_ == State::kSending) EndStream();
}

bool Uploader::StreamIsFull() const {
  return period_over_ || stream_records_ >= kStreamRecordsMax ||
         stream_bytes_ + kRecordBytesMax > kStreamBytesMax;
}

void Uploader::EndStream() {
  state_ = State::kAwaiting;
  period_timer_.reset();
  ArmStall();
  stream_->WritesDone();
}

void Uploader::ArmStall() {
  stall_timer_ = world_.loop.PostAfter(kReplyDeadline, [this] {
    if (state_ == State::kSending && !writing_)
      return;  // idle: waiting for records, not for the peer
    Fail({.status = Error(StatusCode::kDeadlineExceeded,
                          Cat("no progress for ", DurationText(kReplyDeadline)))});
  });
}

void Uploader::OnClosed(const CallResult& result, const v1::UploadMetricsResponse& response) {
  if (!result.status.ok()) return Fail(result);
  ApplyVerdicts(response);
  stream_.reset();
  stall_timer_.reset();
  period_timer_.reset();
  messages_.clear();
  writing_ = false;
  known_tables_.insert(sent_tables_.begin(), sent_tables_.end());
  sent_tables_.clear();
  if (!awaiting_verdict_.empty()) {
    return Fail(
        {.status = Error(StatusCode::kUnavailable, Cat("the collector asks to send ",
                                                       awaiting_verdict_.size(), " records again")),
         .retry_after = result.retry_after});
  }
  backoff_.Reset();
  reopened_at_once_ = false;
  if (reopen_) return Open();
  state_ = State::kReady;
  ran_dry_ = false;
  RequestNext();
}

void Uploader::ApplyVerdicts(const v1::UploadMetricsResponse& response) {
  std::map<RunId, SeqSet> taken;
  for (const v1::RecordVerdict& verdict : response.verdicts()) {
    const SeqRange seqs{verdict.seqs().first(), verdict.seqs().last()};
    if (verdict.verdict() == v1::VERDICT_RETRY) continue;
    const bool settled =
        verdict.verdict() == v1::VERDICT_COMMITTED || verdict.verdict() == v1::VERDICT_DUPLICATE;
    // Only what was sent in this stream is believed, whatever range the verdict names.
    auto at = awaiting_verdict_.lower_bound({verdict.run_id(), seqs.first});
    while (at != awaiting_verdict_.end() && at->run == verdict.run_id() && at->seq <= seqs.last) {
      if (settled) taken[at->run].Add(at->seq);
      at = awaiting_verdict_.erase(at);
    }
    if (!settled) {
      // It stays in the spool, is offered again by the next session, and goes when room is needed.
      LogError(Cat("upload: records ", Hex(verdict.run_id()), "/", seqs.first, " to ", seqs.last,
                   " were not taken: ", verdict.reason()));
    }
  }
  for (const auto& [run, seqs] : taken) {
    for (const SeqRange& range : seqs.Ranges()) outbox_.AddSettled(run, range);
  }
}

void Uploader::Fail(const CallResult& result) {
  stream_.reset();
  opening_.reset();
  stall_timer_.reset();
  period_timer_.reset();
  messages_.clear();
  sent_tables_.clear();
  writing_ = false;
  if (drained_) return FinishDrain();

  const NextStep step = NextStepAfter(result);
  if (step == NextStep::kReopenNow && !std::exchange(reopened_at_once_, true)) return Open();
  if (session_open_ && world_.clock.Boot() - opened_at_ >= kSessionWorthwhile) backoff_.Reset();
  session_open_ = false;
  absl::Duration wait = backoff_.Next(world_.random.Next());
  if (step == NextStep::kTellSomebody) wait = kSlowRetry;
  if (result.retry_after) wait = *result.retry_after;
  const std::string line =
      Cat("upload: ", absl::StatusCodeToString(result.status.code()), ": ", Message(result.status),
          "; trying again in ", DurationText(absl::Ceil(wait, absl::Milliseconds(1))));
  // A state change is logged, a repeated failure is not.
  if (step == NextStep::kTellSomebody) {
    LogError(line);
  } else if (!failing_) {
    LogWarning(line);
  } else {
    LogDebug(line);
  }
  failing_ = true;
  state_ = State::kWaiting;
  retry_timer_ = world_.loop.PostAfter(wait, [this] { Open(); });
}

}  // namespace godwit::agent
