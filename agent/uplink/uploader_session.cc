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
  opening_session_ = {.spool_changes = inventory.spool_changes,
                      .reports_all_runs = inventory.runs.size() <= kToldRunsMax};
  quarantine_.PrepareSession(inventory);
  v1::OpenSessionRequest request = MakeOpenRequest(identity_, world_.clock, inventory);
  // A table or a loss that had no place in the request is one that the collector does not know of.
  opening_session_.known_tables = {request.table_ids().begin(), request.table_ids().end()};
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
  StartPump(response);
  if (!drained_) commands_.Open(response.session_token());
  if (world_.commands != nullptr) {
    world_.commands->SessionOpened({transport_, response.session_token(), response.store_id()});
  }
  if (!quarantine_.blocks_upload()) return pump_.Send();
  Block();
  // A stop that waited for this session has ended it.
  if (state_ != SessionState::kBlocked || !quarantine_.TakeProbeDue()) return;
  On(SessionEvent::kProbeDue);
  probe_timer_.reset();
  pump_.Probe();
}

void Uploader::StartPump(const v1::OpenSessionResponse& response) {
  PumpSession session = std::exchange(opening_session_, {});
  session.token = response.session_token();
  session.bounds = BoundsIn(response, options_.stream_period);
  session.sends_records = !holds_back_;
  for (const std::string& id : response.unknown_table_ids()) session.known_tables.erase(id);
  pump_.Start(std::move(session));
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
  outbox_.ReplaceSettled(std::move(settled), std::exchange(held_reported_, {}));
  quarantine_.BeginSession({response.store_id(), response.collector_version()});
}

// The first probe comes at once: if it is taken, the records were bad and not the collector.
void Uploader::Block() {
  const absl::Duration now = world_.clock.Boot();
  if (state_ == SessionState::kProbing) quarantine_.NoteProbeRejected(now);
  On(SessionEvent::kRejected);
  pump_.Pause();
  if (drained_) return FinishDrain();
  // By a session of its own: what the spool has lost meanwhile is told, too.
  probe_timer_ = world_.loop.PostAfter(quarantine_.UntilProbe(now), [this] {
    quarantine_.SetProbeDue();
    Reopen();
  });
}

}  // namespace godwit::agent
