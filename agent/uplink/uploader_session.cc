// How a session is opened, and the command stream that is open as long as it.
#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "agent/uplink/open_request.h"
#include "agent/uplink/uploader.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

void Uploader::OnInventory(const SpoolInventory& inventory) {
  if (state_ != SessionState::kOpening) return;
  known_tables_ = {inventory.table_ids.begin(), inventory.table_ids.end()};
  losses_told_ = inventory.losses;
  held_reported_.clear();
  for (const RunState& run : inventory.runs) held_reported_[run.run] = run.held;
  changes_at_open_ = inventory.spool_changes;
  all_runs_told_ = inventory.runs.size() <= kToldRunsMax;
  untold_aside_.clear();
  CopyAgain(inventory);
  to_offer_again_.assign(inventory.rejected_and_gone.begin(), inventory.rejected_and_gone.end());
  v1::OpenSessionRequest request = MakeOpenRequest(identity_, world_.clock, inventory);
  *request.mutable_report() = world_.reporter.InFull(inventory.stats);
  opening_ = transport_.OpenSession(
      request, kOpenSessionDeadline,
      [this](const CallResult& result, const v1::OpenSessionResponse& response) {
        OnSessionOpened(result, response);
      });
}

void Uploader::OnSessionOpened(const CallResult& result, const v1::OpenSessionResponse& response) {
  if (!result.status.ok()) return Fail(result);
  token_ = response.session_token();
  holds_back_ = !options_.only_store.empty() && response.store_id() != options_.only_store;
  if (!holds_back_) {
    TakeAnswer(response);
    outbox_.ConfirmTold(std::exchange(losses_told_, {}));
  }
  cursor_.reset();
  skipped_ = false;
  reopen_wanted_ = false;
  ran_dry_ = false;
  if (failing_ || !was_connected_) {
    LogInfo(holds_back_ ? "upload: session open, with another collector: it is sent nothing"
                        : "upload: session open");
  }
  failing_ = false;
  was_connected_ = true;
  session_open_ = true;
  opened_at_ = world_.clock.Boot();
  ++counters_.sessions;
  On(SessionEvent::kOpened);
  if (!drained_) Listen();
  if (world_.commands != nullptr) {
    world_.commands->SessionOpened({transport_, token_, response.store_id()});
  }
  if (rejections_in_a_row_ < kRejectionsInARowMax) return RequestNext();
  Block();
  // A stop that waited for this session has ended it.
  if (state_ != SessionState::kBlocked || !std::exchange(probe_due_, false)) return;
  On(SessionEvent::kProbeDue);
  probe_timer_.reset();
  RequestNext();
}

void Uploader::TakeAnswer(const v1::OpenSessionResponse& response) {
  for (const std::string& id : response.unknown_table_ids()) known_tables_.erase(id);
  std::map<RunId, SeqSet> settled;
  for (const v1::SettledRun& run : response.settled()) {
    for (const v1::SeqRange& range : run.settled()) {
      settled[run.run_id()].Add(SeqRange{range.first(), range.last()});
    }
  }
  outbox_.ReplaceSettled(std::move(settled), std::exchange(held_reported_, {}));
  bounds_ = {.records = kStreamRecordsMax,
             .bytes = kStreamBytesMax,
             .period = options_.stream_period,
             .messages_join = response.messages_join()};
  if (const size_t records = response.stream_records_max(); records > 0) {
    bounds_.records = std::min(bounds_.records, records);
  }
  if (const ByteCount bytes = response.stream_bytes_max(); bytes > 0) {
    bounds_.bytes = std::min(bounds_.bytes, std::max(bytes, kRecordBytesMax));
  }
  // What stands aside is for a collector that reads more.
  if (std::exchange(offered_to_, response.collector_version()) == response.collector_version()) {
    to_offer_again_.clear();
  } else {
    without_copy_.clear();
  }
  offered_again_.clear();
}

// Not for ever: what is forgotten about it on the other side is put right by the next.
void Uploader::Listen() {
  listening_at_ = world_.clock.Boot();
  const absl::Duration life =
      kCommandStreamLife * 0.9 + UniformDuration(world_.random.Next(), kCommandStreamLife * 0.2);
  v1::ReceiveCommandsRequest request;
  request.set_session_token(token_);
  if (world_.commands != nullptr) {
    request.set_effective_revision(world_.commands->effective_revision());
  }
  commands_ = transport_.ReceiveCommands(request, life, *this);
}

void Uploader::OnCommandsClosed(const CallResult& result) {
  // A collector that knows no commands has none.
  if (result.status.code() == StatusCode::kUnimplemented) return;
  const bool over = result.status.ok() || absl::IsDeadlineExceeded(result.status);
  if (over && world_.clock.Boot() - listening_at_ >= kSessionWorthwhile) return Listen();
  Fail(result.status.ok()
           ? CallResult{.status = Error(StatusCode::kUnavailable, "the collector does not listen")}
           : result);
}

}  // namespace godwit::agent
