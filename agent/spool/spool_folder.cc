// The spool and its folder: locks it, reads what is there, checks it again now and then, and starts
// a new segment when somebody has moved, deleted or replaced the one that is written, or the
// folder.
#include <algorithm>
#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "agent/limits.h"
#include "agent/spool/spool.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

Status Spool::Attach() {
  if (active_ == nullptr) LeaveLostFolder();
  if (attached_) return absl::OkStatus();
  if (lock_ == nullptr) {
    GODWIT_RETURN_IF_ERROR(files_.CreateDirectories(options_.path));
    GODWIT_ASSIGN_OR_RETURN(lock_, files_.Lock(Cat(options_.path, "/", kLockName)));
  }
  GODWIT_RETURN_IF_ERROR(Recover());
  attached_ = true;
  return absl::OkStatus();
}

Status Spool::Recover() {
  GODWIT_ASSIGN_OR_RETURN(RecoveredSpool found,
                          RecoverSpool(files_, options_.path, options_.device_id));
  // Once is enough as long as it gets no better.
  if (attached_ && !found.complete) return absl::OkStatus();
  complete_ = found.complete;
  if (!complete_)
    LogError("spool: some segments cannot be read; they are kept and read again later");
  for (const SpooledRun& run : found.runs) {
    if (run.id != run_) run_number_ = std::max(run_number_, run.number + 1);
  }
  NotePastRuns(found.past_runs);
  damaged_bytes_ = found.damaged_bytes;
  GODWIT_RETURN_IF_ERROR(quarantine_.Load());
  for (const SpooledRun& run : found.runs) {
    if (run.foreign) {
      LogWarning(Cat("spool: run ", Hex(run.id), " belongs to device '", run.device_id,
                     "': kept but not sent; see `godwit-agent spool adopt` and `spool drop`"));
    }
  }
  runs_.PutInFront(std::move(found));
  if (!attached_) return absl::OkStatus();
  // What is known now stands at the beginning of each segment from here on.
  AbandonActive();
  return OpenSegment();
}

// Those that were known before and are found no more were taken away: they are reported all the
// same.
void Spool::NotePastRuns(std::vector<PastRun> found) {
  std::set<RunId> listed = {run_};
  std::erase_if(found, [&](const PastRun& past) { return !listed.insert(past.run).second; });
  for (const PastRun& past : past_runs_) {
    const auto same = std::find_if(found.begin(), found.end(),
                                   [&](const PastRun& other) { return other.run == past.run; });
    if (same != found.end() && same->last_seq < past.last_seq) *same = past;
    if (found.size() < kPastRunsMax && listed.insert(past.run).second) found.push_back(past);
  }
  past_runs_ = std::move(found);
}

// A segment that was away, or that a later run knew too little of, shows when it is read how far
// its run got. Whether one got further than the segment that is being written says.
bool Spool::NoteGrownRuns() {
  bool grown = false;
  for (const SpooledRun& run : runs_.all()) {
    if (run.excluded()) continue;
    for (PastRun& past : past_runs_) {
      if (past.run != run.id || past.last_seq >= run.last_seq) continue;
      past.last_seq = run.last_seq;
      grown = true;
    }
  }
  return grown;
}

// After 1, 2, 4, … appends, and again as soon as a segment is missed: neither a bad block nor a
// file that is gone for ever shall cost a scan a minute, and a listing may have left one out.
void Spool::Relist() {
  constexpr uint64_t kRelistIntervalMax = 64;
  if (runs_.TakeNoteOfGone()) {
    until_relist_ = 0;
    relist_interval_ = 1;
  }
  if (!attached_ || until_relist_-- > 0) return;
  relist_interval_ = std::min(relist_interval_ * 2, kRelistIntervalMax);
  until_relist_ = relist_interval_;
  const auto folder = files_.List(options_.path);
  if (!folder.ok()) return;
  // A copy that an earlier listing left out takes room, too.
  if (!quarantine_.Knows(*folder)) quarantine_.Load().IgnoreError();
  if (complete_ && runs_.Match(*folder)) return;
  if (const Status status = Recover(); !status.ok()) LogDebug(Message(status));
}

// If its lock is missing, the folder was replaced or removed. Whatever is there now is locked and
// read again.
void Spool::LeaveLostFolder() {
  if (lock_ == nullptr) return;
  const auto has_name = lock_->HasItsName();
  if (!has_name.ok() || *has_name) return;
  lock_.reset();
  attached_ = false;
}

// An error says nothing of the name; the bytes are where they were.
bool Spool::ActiveIsLost() const {
  const auto has_name = active_->file().HasItsName();
  return has_name.ok() && !*has_name;
}

// It is never written to again. Whether it was lost.
bool Spool::AbandonActive() {
  if (active_ == nullptr) return false;
  const bool lost = ActiveIsLost();
  if (lost) {
    TakeBack();
    attached_ = false;
    LeaveLostFolder();
  } else {
    runs_.ClearActive();
  }
  active_.reset();
  return lost;
}

// Its records are safe no more: they wait in memory for the next segment.
void Spool::TakeBack() {
  const SpooledSegment segment = runs_.active_segment();
  const SegmentSeed seed(segment.name, options_.device_id);
  uint64_t taken = 0;
  for (const auto& [seq, place] : active_->index().records) {
    const RecordName name{run_, seq};
    if (ring_.Find(seq) != nullptr || !runs_.IsHeld(name) || runs_.IsSettled(name)) continue;
    auto record = ReadRecord(active_->file(), seed, active_->index(), seq);
    if (!record.ok()) {
      runs_.Lose(run_, {seq, seq}, LossReason::kDamaged);
      continue;
    }
    ring_.Add(seq, *std::move(record));
    last_taken_back_ = std::max(last_taken_back_, seq);
    ++taken;
  }
  runs_.ForgetActive();
  lost_name_ = segment.name;
  ++taken_segments_;
  LogError(Cat("spool: ", segment.path,
               " was moved, deleted or replaced while it was written: its ", taken,
               taken == 1 ? " record goes" : " records go", " to a new segment"));
}

}  // namespace godwit::agent
