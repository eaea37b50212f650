// What replies do: records are settled, or set aside; too many rejections block the upload, until a
// probe is taken.
#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "agent/uplink/uploader.h"
#include "base/counted.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

void Uploader::Settle(const OutgoingStream& stream, const StreamVerdicts& verdicts) {
  std::map<RunId, SeqSet> settled;
  for (const RecordName& name : stream.told_set_aside()) settled[name.run].Add(name.seq);
  std::vector<RecordName> rejected;
  std::vector<RecordName> conflicts;
  for (const auto& [name, verdict] : verdicts.judged) {
    const bool offered_again = offered_again_.contains(name);
    if (verdict == v1::VERDICT_COMMITTED || verdict == v1::VERDICT_DUPLICATE) {
      settled[name.run].Add(name.seq);
      rejections_in_a_row_ = 0;
      if (offered_again) outbox_.DropAside(name);
      not_taken_.erase(name);
    } else if (offered_again) {
      not_taken_.insert(name);
    } else if (verdict == v1::VERDICT_CONFLICT) {
      conflicts.push_back(name);
    } else {
      // One that is back, for lack of room for its copy, says nothing new of the collector; the
      // last of too many in a row says more of the collector than of the record.
      const bool is_back = rejected_before_.contains(name);
      if (is_back || ++rejections_in_a_row_ < kRejectionsInARowMax) rejected.push_back(name);
      if (rejected_before_.size() < kToldAsideMax) rejected_before_.insert(name);
    }
  }
  for (const auto& [run, seqs] : settled) {
    for (const SeqRange& range : seqs.Ranges()) outbox_.AddSettled(run, range);
  }
  counters_.rejected += rejected.size();
  counters_.conflicts += conflicts.size();
  SetAside(rejected, AsideKind::kRejected, verdicts.reason);
  SetAside(conflicts, AsideKind::kConflict, verdicts.reason);
}

void Uploader::SetAside(const std::vector<RecordName>& names, AsideKind kind,
                        const std::string& reason) {
  if (names.empty()) return;
  outbox_.SetAside(
      names, kind, [this, names, kind, reason, judge = collector_](const AsideAnswer& answer) {
        const std::string what =
            Cat(kind == AsideKind::kRejected ? "rejected" : "in conflict with what is stored", " (",
                reason, ")");
        if (!answer.copied.empty()) {
          LogError(Cat("upload: ", Counted(answer.copied.size(), "record"), " ", what,
                       ", copied aside in the spool"));
        }
        // Said once, until there is room again.
        if (!answer.status.ok() && !std::exchange(told_no_copies_, true)) {
          LogError(Cat("upload: records ", what, " stay in the spool: ", Message(answer.status)));
        }
        if (answer.status.ok()) told_no_copies_ = false;
        if (judge != collector_) return;  // the one there is now judges for itself
        for (const RecordName& name : names) {
          if (without_copy_.size() < kToldAsideMax) without_copy_.emplace(name, kind);
        }
        NoteCopies(kind, answer);
      });
}

void Uploader::NoteCopies(AsideKind kind, const AsideAnswer& answer) {
  for (const RecordName& name : answer.copied) {
    without_copy_.erase(name);
    if (kind == AsideKind::kConflict) {
      // The collector has a record of that name: it is settled there already.
      outbox_.AddSettled(name.run, {name.seq, name.seq});
      continue;
    }
    not_taken_.insert(name);
    // Settled once the collector knows of the copies.
    if (untold_aside_.size() < kToldAsideMax) untold_aside_.push_back(name);
  }
}

// Copies that a collector may take after all. Of those still held only what the request reports:
// the collector settles these, so that they are not sent from the spool as well.
void Uploader::ListCopies(const SpoolInventory& inventory) {
  const auto& held = inventory.rejected_and_held;
  const auto reported = static_cast<std::ptrdiff_t>(std::min(held.size(), kToldAsideMax));
  to_offer_again_.assign(inventory.rejected_and_gone.begin(), inventory.rejected_and_gone.end());
  to_offer_again_.insert(to_offer_again_.end(), held.begin(), held.begin() + reported);
  std::set<RecordName> copies(inventory.rejected_and_gone.begin(),
                              inventory.rejected_and_gone.end());
  copies.insert(held.begin(), held.end());
  unread_copies_ = inventory.rejected_and_unread;
  copies.insert(unread_copies_.begin(), unread_copies_.end());
  std::erase_if(not_taken_, [&](const RecordName& name) { return !copies.contains(name); });
}

// Another collector is not judged by what the last one rejected, and may take what that one did
// not: it is offered everything again, and probed at once.
void Uploader::NoteCollector(const v1::OpenSessionResponse& response) {
  const CollectorName name{response.store_id(), response.collector_version()};
  if (collector_ == name) return;
  collector_ = name;
  not_taken_.clear();
  without_copy_.clear();
  untold_aside_.clear();  // what it has not rejected itself
  rejected_before_.clear();
  probe_at_ = absl::ZeroDuration();
  probe_failed_ = false;
  probe_due_ = rejections_in_a_row_ >= kRejectionsInARowMax;
  if (!probe_due_) rejections_in_a_row_ = 0;
}

// What found no room for its copy may find it now; what is gone meanwhile needs none.
void Uploader::CopyAgain(const SpoolInventory& inventory) {
  std::map<RunId, const SeqSet*> held;
  for (const RunState& run : inventory.runs) held[run.run] = &run.held;
  std::erase_if(without_copy_, [&](const auto& entry) {
    const auto run = held.find(entry.first.run);
    return run == held.end() || !run->second->Contains(entry.first.seq);
  });
  for (const AsideKind kind : {AsideKind::kRejected, AsideKind::kConflict}) {
    std::vector<RecordName> names;
    for (const auto& [name, of_kind] : without_copy_) {
      if (of_kind == kind) names.push_back(name);
    }
    if (names.empty()) continue;
    outbox_.SetAside(names, kind, [this, kind, judge = collector_](const AsideAnswer& answer) {
      if (judge == collector_) NoteCopies(kind, answer);
      if (answer.status.ok()) told_no_copies_ = false;
    });
  }
}

// The first probe comes at once: if it is taken, the records were bad and not the collector.
void Uploader::Block() {
  const absl::Duration now = world_.clock.Boot();
  if (state_ == SessionState::kProbing) {
    probe_at_ = now + kProbePeriod;
    if (!std::exchange(probe_failed_, true)) {
      LogError(Cat("upload: ", rejections_in_a_row_,
                   " records in a row were rejected: the collector"
                   " must be broken. Sending nothing but one record every ",
                   DurationText(kProbePeriod), "; the spool keeps the rest"));
    }
  }
  On(SessionEvent::kRejected);
  EndCurrent();
  if (drained_) return FinishDrain();
  // By a session of its own: what the spool has lost meanwhile is told, too.
  probe_timer_ = world_.loop.PostAfter(std::max(probe_at_ - now, absl::ZeroDuration()), [this] {
    probe_due_ = true;
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
