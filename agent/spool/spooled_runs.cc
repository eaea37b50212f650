#include "agent/spool/spooled_runs.h"

#include <algorithm>
#include <bit>
#include <cstdint>

#include "agent/limits.h"
#include "base/check.h"
#include "base/counted.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {

SpooledRun& SpooledRuns::Begin(RunId run, const std::string& device_id) {
  SpooledRun& started = runs_.emplace_back();
  started.id = run;
  started.device_id = device_id;
  return started;
}

void SpooledRuns::SetActive(const SegmentWriter* writer, const SpooledSegment& segment,
                            const std::vector<PastRun>& past_runs) {
  current().past_runs = past_runs;
  active_ = writer;
  active_name_ = segment.name;
  missing_tables_.clear();
  auto& segments = current().segments;
  for (auto at = segments.lower_bound({segment.name.first_seq, 0}); at != segments.end();) {
    // One that was taken away and put back has records.
    const bool goes = at->second.empty() && RemoveFile(at->second).ok();
    at = goes ? segments.erase(at) : std::next(at);
  }
  segments[KeyOf(segment.name)] = segment;
  segments[KeyOf(segment.name)].certain = true;
}

std::optional<uint16_t> SpooledRuns::LastAttempt(Seq first_seq) const {
  const auto& segments = runs_.back().segments;
  const auto behind = segments.lower_bound({first_seq + 1, 0});
  if (behind == segments.begin() || std::prev(behind)->first.first != first_seq) {
    return std::nullopt;
  }
  return std::prev(behind)->first.second;
}

void SpooledRuns::ClearActive() {
  if (active_ != nullptr && loaded_ && loaded_->index == &active_->index()) loaded_.reset();
  active_ = nullptr;
}

void SpooledRuns::ForgetActive() {
  const auto lost = current().segments.find(KeyOf(active_name_));
  // What of it is not in memory has to be found in another segment, if at all.
  for (const auto& [seq, place] : active_->index().records) {
    if (ring_.Find(seq) == nullptr) current().held.Remove({seq, seq});
  }
  ClearActive();
  if (lost != current().segments.end()) current().segments.erase(lost);
}

SpooledRun* SpooledRuns::FindRun(RunId id) {
  const auto found =
      std::find_if(runs_.begin(), runs_.end(), [&](const SpooledRun& run) { return run.id == id; });
  return found == runs_.end() ? nullptr : &*found;
}

const SeqSet& SpooledRuns::SettledOf(RunId run) const {
  static const SeqSet none;
  const auto found = settled_.find(run);
  return found == settled_.end() ? none : found->second;
}

std::optional<RecordName> SpooledRuns::Next(std::optional<RecordName> after) const {
  auto run = runs_.begin();
  Seq from = 0;
  if (after) {
    run = std::find_if(runs_.begin(), runs_.end(),
                       [&](const SpooledRun& other) { return other.id == after->run; });
    // A cursor into a run that is gone starts again at the oldest.
    if (run == runs_.end()) {
      run = runs_.begin();
    } else {
      from = after->seq + 1;
    }
  }
  for (; run != runs_.end(); ++run, from = 0) {
    if (const auto seq = run->held.FirstNotIn(SettledOf(run->id), from)) {
      return RecordName{run->id, *seq};
    }
  }
  return std::nullopt;
}

void SpooledRuns::ReplaceSettled(const std::map<RunId, SeqSet>& settled,
                                 const std::map<RunId, SeqSet>& reported) {
  settled_ = settled;
  for (const auto& [id, held] : reported) {
    SeqSet gone = held;
    if (const SpooledRun* const run = FindRun(id)) {
      for (const SeqRange& range : run->held.Ranges()) gone.Remove(range);
    }
    for (const SeqRange& range : SettledOf(id).Ranges()) gone.Remove(range);
    if (!gone.empty()) ++changes_;
  }
  Trim();
}

void SpooledRuns::AddSettled(RunId run, SeqRange seqs) {
  settled_[run].Add(seqs);
  Trim();
}

bool SpooledRuns::IsSettled(const RecordName& name) const {
  return SettledOf(name.run).Contains(name.seq);
}

bool SpooledRuns::IsHeld(const RecordName& name) const {
  return std::any_of(runs_.begin(), runs_.end(), [&](const SpooledRun& run) {
    return run.id == name.run && !run.excluded() && run.held.Contains(name.seq);
  });
}

std::optional<RecordName> SpooledRuns::NewestUnsettled(
    const std::set<RecordName>& least_wanted) const {
  std::optional<RecordName> newest;
  for (auto run = runs_.rbegin(); run != runs_.rend(); ++run) {
    if (run->excluded()) continue;
    SeqSet unsettled = run->held;
    for (const SeqRange& settled : SettledOf(run->id).Ranges()) unsettled.Remove(settled);
    while (!unsettled.empty()) {
      const RecordName name{run->id, unsettled.Ranges().back().last};
      if (!newest) newest = name;
      if (!least_wanted.contains(name)) return name;
      unsettled.Remove({name.seq, name.seq});
    }
  }
  return newest;
}

uint64_t SpooledRuns::UnsettledRecords() const {
  uint64_t records = 0;
  for (const SpooledRun& run : runs_) {
    if (run.excluded()) continue;
    SeqSet unsettled = run.held;
    for (const SeqRange& settled : SettledOf(run.id).Ranges()) unsettled.Remove(settled);
    records += unsettled.Count();
  }
  return records;
}

bool SpooledRuns::IsActive(const SpooledRun& run, const SpooledSegment& segment) const {
  return active_ != nullptr && run.id == runs_.back().id && segment.name == active_name_;
}

bool SpooledRuns::MayBeTrimmed(const SpooledRun& run, const SpooledSegment& segment) const {
  const bool last = segment.name == run.segments.rbegin()->second.name;
  if (run.excluded() || segment.away || (last && run.uncertain)) return false;
  if (segment.empty()) return true;
  const auto unsettled = run.held.FirstNotIn(SettledOf(run.id), segment.name.first_seq);
  return (!unsettled || *unsettled > segment.last_seq) && !losses_.Touches(run.id, segment.seqs());
}

bool SpooledRuns::IsNeeded(const SpooledRun& run, const SpooledSegment& segment) const {
  if (run.foreign) return false;
  if (IsActive(run, segment)) return true;
  const auto durable = [](const auto& entry) { return entry.second.durable; };
  const auto has_durable = [&](const SpooledRun& other) {
    return std::any_of(other.segments.begin(), other.segments.end(), durable);
  };
  // A later segment names its run as well, unless this one was away and has later records.
  for (const auto& [key, other] : run.segments) {
    const bool later = key > KeyOf(segment.name) && other.last_seq >= segment.last_seq;
    if (later && other.durable && !other.away) return false;
  }
  if (run.id == runs_.back().id) return segment.durable;
  // A list that is full has no place for older runs.
  const auto names = [&](const SpooledRun& other) {
    const auto past = std::find_if(other.past_runs.begin(), other.past_runs.end(),
                                   [&](const PastRun& at) { return at.run == run.id; });
    if (past == other.past_runs.end()) return other.past_runs.size() >= kPastRunsMax;
    return past->last_seq >= segment.last_seq;
  };
  return std::none_of(runs_.begin(), runs_.end(), [&](const SpooledRun& other) {
    return !other.excluded() && has_durable(other) && names(other);
  });
}

// Returns true if the segment holds no more than is settled. Where only its name is known it is
// read first: it may hold more than the name says. By their names alone a last segment ends where a
// later run says, and an earlier attempt is empty. A segment that was left out of a listing may
// hold what its neighbours were read for without success. One that was away holds what was written
// again behind it, which a run that was cut off may have lost there.
bool SpooledRuns::HoldsNoMore(SpooledRun& run, const SpooledSegment& segment) {
  if (segment.certain) return true;
  const bool last = segment.name == run.segments.rbegin()->second.name;
  const auto is_settled = [&](const SeqRange& range) {
    const auto unsettled = SeqSet({range}).FirstNotIn(SettledOf(run.id), range.first);
    return !unsettled.has_value();
  };
  if (!last && !segment.empty() && !run.unclean) {
    const std::vector<SeqRange> missed = run.held.Missing(segment.seqs());
    if (std::all_of(missed.begin(), missed.end(), is_settled)) return true;
  }
  return Load(run, segment).ok() && MayBeTrimmed(run, segment);
}

void SpooledRuns::Trim() {
  for (SpooledRun& run : runs_) {
    for (auto at = run.segments.begin(); at != run.segments.end();) {
      const SpooledSegment& segment = at->second;
      // A name that is back after a power cut costs one more answer from the collector, nothing
      // else; so the folder is not synced here.
      // Again behind the reading: it may have shown that the run got further than anybody knew.
      if (!MayBeTrimmed(run, segment) || IsNeeded(run, segment) || !HoldsNoMore(run, segment) ||
          IsNeeded(run, segment) || !RemoveFile(segment).ok()) {
        ++at;
        continue;
      }
      if (!segment.empty()) run.held.Remove(segment.seqs());
      at = run.segments.erase(at);
    }
  }
  const RunId written = runs_.back().id;
  std::erase_if(runs_,
                [&](const SpooledRun& run) { return run.segments.empty() && run.id != written; });
}

Status SpooledRuns::RemoveFile(const SpooledSegment& segment) {
  if (loaded_ && loaded_->name == segment.name) loaded_.reset();
  const Status status = files_.Remove(segment.path);
  return absl::IsNotFound(status) ? absl::OkStatus() : status;
}

bool SpooledRuns::DropOldest() {
  size_t unreadable = 0;
  for (const bool foreign : {false, true}) {
    for (SpooledRun& run : runs_) {
      if (run.unread || run.foreign != foreign) continue;
      for (const auto& [key, segment] : run.segments) {
        if (!MayBeDropped(run, segment)) continue;
        if (IsReadable(run, segment)) {
          if (MayBeDropped(run, segment)) return Drop(run, key);
          continue;  // only its reading showed how far the run got
        }
        if (++unreadable > kUnreadableSegmentsMax) return false;
      }
    }
  }
  return false;
}

bool SpooledRuns::MayBeDropped(const SpooledRun& run, const SpooledSegment& segment) const {
  const bool last = segment.name == run.segments.rbegin()->second.name;
  return !IsNeeded(run, segment) && !(run.uncertain && last);
}

// Its name also covers records of later segments that were trimmed since; those are not lost for
// lack of room, so it is read before it goes. One that cannot be read is kept, and a newer one goes
// in its place: a bad block must not keep all that is new from the disk.
bool SpooledRuns::IsReadable(SpooledRun& run, const SpooledSegment& segment) {
  if (run.foreign || segment.certain) return true;
  const auto loaded = Load(run, segment);
  return loaded.ok() || absl::IsNotFound(loaded.status());
}

SeqSet SpooledRuns::HeldOnlyIn(const SpooledRun& run, const SpooledSegment& segment) const {
  SeqSet only;
  if (segment.empty()) return only;
  only.Add(segment.seqs());
  for (const auto& [key, other] : run.segments) {
    if (key != KeyOf(segment.name) && !other.away && !other.empty()) only.Remove(other.seqs());
  }
  return only;
}

bool SpooledRuns::Drop(SpooledRun& run, SegmentKey key) {
  const SpooledSegment segment = run.segments.at(key);
  if (!segment.away && !RemoveFile(segment).ok()) return false;
  const SeqSet lost = HeldOnlyIn(run, segment);
  run.segments.erase(key);
  for (const SeqRange& range : lost.Ranges()) Lose(run.id, range, LossReason::kSpoolFull);
  // Once, twice, four, eight … times: a spool that stays full does not flood the log.
  if (std::has_single_bit(++dropped_segments_)) {
    LogWarning(Cat("spool: full: dropped the oldest records; since the start: ",
                   Counted(dropped_segments_, "segment"), " dropped, ",
                   Counted(lost_records_, "record"), " lost"));
  }
  return true;
}

// Only what was held, and not settled, is a loss.
void SpooledRuns::Lose(RunId id, SeqRange seqs, std::optional<LossReason> reason) {
  SpooledRun* const run = FindRun(id);
  SeqSet gone({seqs});
  for (const SeqRange& not_held : run->held.Missing(seqs)) gone.Remove(not_held);
  run->held.Remove(seqs);
  for (const SeqRange& settled : SettledOf(id).Ranges()) gone.Remove(settled);
  for (const SeqRange& range : gone.Ranges()) {
    if (reason) losses_.Add({id, range, *reason});
  }
  lost_records_ += gone.Count();
}

ByteCount SpooledRuns::bytes() const {
  ByteCount bytes = 0;
  for (const SpooledRun& run : runs_) {
    for (const auto& [key, segment] : run.segments) {
      if (!segment.away) bytes += DiskBlocks(segment.bytes);
    }
  }
  return bytes;
}

}  // namespace godwit::agent
