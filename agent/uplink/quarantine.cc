#include "agent/uplink/quarantine.h"

#include <algorithm>
#include <utility>

#include "agent/limits.h"
#include "base/counted.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

bool IsTaken(v1::Verdict verdict) {
  return verdict == v1::VERDICT_COMMITTED || verdict == v1::VERDICT_DUPLICATE;
}

}  // namespace

void Quarantine::PrepareSession(const SpoolInventory& inventory) {
  unreported_.clear();  // OpenSession reports them
  CopyAgain(inventory);
  copies_.List(inventory);
}

void Quarantine::BeginSession(const CollectorName& collector) {
  if (collector_ != collector) ForgetJudgements(collector);
  copies_.Begin();
}

void Quarantine::ForgetJudgements(const CollectorName& collector) {
  collector_ = collector;
  copies_.ForgetAnswers();
  without_copy_.clear();
  unreported_.clear();  // this collector has not rejected them itself
  rejected_.clear();
  next_probe_at_.reset();
  probe_due_ = blocks_upload();
  if (!probe_due_) rejections_in_a_row_ = 0;
}

void Quarantine::Settle(const std::vector<RecordName>& reported, const StreamVerdicts& verdicts) {
  std::map<RunId, SeqSet> settled;
  for (const RecordName& name : reported) settled[name.run].Add(name.seq);
  std::vector<RecordName> rejected;
  std::vector<RecordName> conflicts;
  for (const auto& [name, verdict] : verdicts.judged) {
    const bool is_copy = copies_.IsOffered(name);
    if (IsTaken(verdict)) {
      settled[name.run].Add(name.seq);
      rejections_in_a_row_ = 0;
      next_probe_at_.reset();
      if (is_copy) outbox_.DropQuarantined(name);
      copies_.NoteTaken(name);
    } else if (is_copy) {
      copies_.NoteRefused(name);
    } else if (verdict == v1::VERDICT_CONFLICT) {
      conflicts.push_back(name);
    } else if (CountRejection(name)) {
      rejected.push_back(name);
    }
  }
  for (const auto& [run, seqs] : settled) {
    for (const SeqRange& range : seqs.Ranges()) outbox_.AddSettled(run, range);
  }
  counters_.rejected += rejected.size();
  counters_.conflicts += conflicts.size();
  Copy(rejected, QuarantineKind::kRejected, verdicts.reason);
  Copy(conflicts, QuarantineKind::kConflict, verdicts.reason);
}

// Returns whether to copy the record. One that is back, for lack of room for its copy, says nothing
// new of the collector; the last of too many in a row says more of the collector than of the
// record.
bool Quarantine::CountRejection(const RecordName& name) {
  const bool is_back = rejected_.contains(name);
  if (rejected_.size() < kReportedQuarantinedMax) rejected_.insert(name);
  return is_back || ++rejections_in_a_row_ < kRejectionsInARowMax;
}

void Quarantine::Copy(const std::vector<RecordName>& names, QuarantineKind kind,
                      const std::string& reason) {
  if (names.empty()) return;
  outbox_.CopyToQuarantine(
      names, kind, [this, names, kind, reason, judge = collector_](const QuarantineAnswer& answer) {
        const std::string what =
            Cat(kind == QuarantineKind::kRejected ? "rejected" : "in conflict with what is stored",
                " (", reason, ")");
        if (!answer.copied.empty()) {
          LogError(Cat("upload: ", Counted(answer.copied.size(), "record"), " ", what,
                       "; copies are in quarantine in the spool"));
        }
        // Logged once, until there is room again.
        if (!answer.status.ok() && !std::exchange(no_room_logged_, true)) {
          LogError(Cat("upload: records ", what, " stay in the spool: ", Message(answer.status)));
        }
        if (answer.status.ok()) no_room_logged_ = false;
        if (judge != collector_) return;  // the present one judges for itself
        for (const RecordName& name : names) {
          if (without_copy_.size() < kReportedQuarantinedMax) without_copy_.emplace(name, kind);
        }
        NoteCopies(kind, answer);
      });
}

// What found no room for its copy may find it now; what is no longer held needs none.
void Quarantine::CopyAgain(const SpoolInventory& inventory) {
  std::map<RunId, const SeqSet*> held;
  for (const RunState& run : inventory.runs) held[run.run] = &run.held;
  std::erase_if(without_copy_, [&](const auto& entry) {
    const auto run = held.find(entry.first.run);
    return run == held.end() || !run->second->Contains(entry.first.seq);
  });
  for (const QuarantineKind kind : {QuarantineKind::kRejected, QuarantineKind::kConflict}) {
    std::vector<RecordName> names;
    for (const auto& [name, of_kind] : without_copy_) {
      if (of_kind == kind) names.push_back(name);
    }
    if (names.empty()) continue;
    outbox_.CopyToQuarantine(names, kind,
                             [this, kind, judge = collector_](const QuarantineAnswer& answer) {
                               if (judge == collector_) NoteCopies(kind, answer);
                               if (answer.status.ok()) no_room_logged_ = false;
                             });
  }
}

void Quarantine::NoteCopies(QuarantineKind kind, const QuarantineAnswer& answer) {
  for (const RecordName& name : answer.copied) {
    without_copy_.erase(name);
    if (kind == QuarantineKind::kConflict) {
      // The collector has a record of that name: it is settled there already.
      outbox_.AddSettled(name.run, {name.seq, name.seq});
      continue;
    }
    copies_.NoteRefused(name);
    // Settled once the collector knows of the copies.
    if (unreported_.size() < kReportedQuarantinedMax) unreported_.push_back(name);
  }
}

std::vector<RecordName> Quarantine::TakeUnreported() {
  return std::exchange(unreported_, {});
}

std::set<RecordName> Quarantine::withheld() const {
  std::set<RecordName> names;
  for (const auto& [name, kind] : without_copy_) names.insert(name);
  return names;
}

bool Quarantine::blocks_upload() const {
  return rejections_in_a_row_ >= kRejectionsInARowMax;
}

absl::Duration Quarantine::UntilProbe(absl::Duration now) const {
  return std::max(next_probe_at_.value_or(now) - now, absl::ZeroDuration());
}

void Quarantine::NoteProbeRejected(absl::Duration now) {
  if (!next_probe_at_) {
    LogError(Cat("upload: ", rejections_in_a_row_,
                 " records in a row were rejected, so the collector seems broken: sending only one "
                 "record every ",
                 DurationText(kProbePeriod), "; the spool keeps the rest"));
  }
  next_probe_at_ = now + kProbePeriod;
}

bool Quarantine::TakeProbeDue() {
  return std::exchange(probe_due_, false);
}

}  // namespace godwit::agent
