// How a session is opened, what is taken from the answer, and how rejections block the upload.
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
  held_reported_.clear();
  for (const RunState& run : inventory.runs) held_reported_[run.run] = run.held;
  changes_at_open_ = inventory.spool_changes;
  all_runs_told_ = inventory.runs.size() <= kToldRunsMax;
  quarantine_.PrepareSession(inventory);
  v1::OpenSessionRequest request = MakeOpenRequest(identity_, world_.clock, inventory);
  // A table or a loss that had no place in the request is one that the collector does not know of.
  known_tables_ = {request.table_ids().begin(), request.table_ids().end()};
  losses_told_ = inventory.losses;
  losses_told_.resize(static_cast<size_t>(request.losses_size()));
  *request.mutable_report() = world_.reporter.InFull(inventory.stats);
  opening_ = transport_.OpenSession(
      request, kOpenSessionDeadline,
      [this, held = HeldIn(request)](const CallResult& result,
                                     const v1::OpenSessionResponse& response) {
        OnSessionOpened(result, response, held);
      });
}

void Uploader::OnSessionOpened(const CallResult& result, const v1::OpenSessionResponse& response,
                               const std::map<RunId, SeqSet>& held) {
  if (!result.status.ok()) return Fail(result);
  holds_back_ = !options_.only_store.empty() && response.store_id() != options_.only_store;
  if (!holds_back_) {
    auto settled = SettledIn(response, held);
    if (!settled.ok()) return RefuseAnswer(settled.status());
    TakeAnswer(response, *std::move(settled));
    outbox_.ConfirmTold(std::exchange(losses_told_, {}));
  }
  answer_refused_ = false;
  token_ = response.session_token();
  cursor_.reset();
  skipped_ = quarantine_.copies().has_unread();
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
  skipped_at_ = opened_at_;
  ++counters_.sessions;
  On(SessionEvent::kOpened);
  if (!drained_) commands_.Open(token_);
  if (world_.commands != nullptr) {
    world_.commands->SessionOpened({transport_, token_, response.store_id()});
  }
  if (!quarantine_.blocks_upload()) return RequestNext();
  Block();
  // A stop that waited for this session has ended it.
  if (state_ != SessionState::kBlocked || !quarantine_.TakeProbeDue()) return;
  On(SessionEvent::kProbeDue);
  probe_timer_.reset();
  RequestNext();
}

// Nothing of it is used: the spool keeps everything, and the next session asks again.
void Uploader::RefuseAnswer(const Status& why) {
  ++counters_.answers_refused;
  if (!std::exchange(answer_refused_, true)) {
    LogError(Cat("upload: ", Message(why), ": nothing is deleted, and the session is not used"));
    failing_ = true;  // that line is enough
  }
  Fail({.status = why});
}

void Uploader::TakeAnswer(const v1::OpenSessionResponse& response,
                          std::map<RunId, SeqSet> settled) {
  for (const std::string& id : response.unknown_table_ids()) known_tables_.erase(id);
  outbox_.ReplaceSettled(std::move(settled), std::exchange(held_reported_, {}));
  bounds_ = {.records = kStreamRecordsMax,
             .tables = kStreamTablesMax,
             .bytes = kStreamBytesMax,
             .period = options_.stream_period,
             .messages_join = response.messages_join()};
  if (const size_t records = response.stream_records_max(); records > 0) {
    bounds_.records = std::min(bounds_.records, records);
  }
  if (const ByteCount bytes = response.stream_bytes_max(); bytes > 0) {
    bounds_.bytes = std::min(bounds_.bytes, std::max(bytes, kRecordBytesMax));
  }
  quarantine_.BeginSession({response.store_id(), response.collector_version()});
}

// The first probe comes at once: if it is taken, the records were bad and not the collector.
void Uploader::Block() {
  const absl::Duration now = world_.clock.Boot();
  if (state_ == SessionState::kProbing) quarantine_.NoteProbeRejected(now);
  On(SessionEvent::kRejected);
  EndCurrent();
  if (drained_) return FinishDrain();
  // By a session of its own: what the spool has lost meanwhile is told, too.
  probe_timer_ = world_.loop.PostAfter(quarantine_.UntilProbe(now), [this] {
    quarantine_.SetProbeDue();
    Reopen();
  });
}

// The newest record is the one least like those that were rejected. One of those is a worse trial,
// but a full spool that refuses what is new may have no other.
void Uploader::OnProbe(ReadAnswer answer) {
  reading_ = false;
  if (answer.stats) stats_ = *answer.stats;
  if (state_ != SessionState::kProbing) return RequestNext();
  if (reopen_wanted_) return;
  if (!answer.next) {
    ran_dry_ = true;
    return;
  }
  Send(*std::move(answer.next));
}

}  // namespace godwit::agent
