// What others do to the spool's folder while the agent runs: files that are moved away, deleted,
// put back. A listing alone takes nothing from us: a segment is gone when its own name says so.
#include <algorithm>
#include <map>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "agent/spool/spooled_runs.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

SeqSet Both(const SeqSet& set, const SpooledSegment& segment) {
  SeqSet both;
  for (const SeqRange& range : set.Ranges()) {
    const SeqRange common{std::max(range.first, segment.name.first_seq),
                          std::min(range.last, segment.last_seq)};
    if (common.first <= common.last) both.Add(common);
  }
  return both;
}

// No segment has what the next one's name begins with.
void BoundByNames(std::map<SegmentKey, SpooledSegment>& segments) {
  const SpooledSegment* next = nullptr;
  for (auto at = segments.rbegin(); at != segments.rend(); ++at) {
    SpooledSegment& segment = at->second;
    if (next != nullptr && segment.name.first_seq < next->name.first_seq) {
      segment.last_seq = std::min(segment.last_seq, next->name.first_seq - 1);
    }
    next = &segment;
  }
}

}  // namespace

SpooledSegment* SpooledRuns::FindSegment(const SegmentName& name) {
  SpooledRun* const run = FindRun(name.run);
  if (run == nullptr) return nullptr;
  const auto found = run->segments.find(KeyOf(name));
  return found == run->segments.end() ? nullptr : &found->second;
}

bool SpooledRuns::LeadsNowhere(const SpooledSegment& segment) {
  return absl::IsNotFound(files_.Open(segment.path).status());
}

bool SpooledRuns::Match(const std::vector<FileEntry>& folder) {
  std::set<SegmentName> listed;
  for (const FileEntry& entry : folder) {
    const auto name = ParseSegmentFileName(entry.name);
    if (!name) continue;
    listed.insert(*name);
    const SpooledSegment* const known = FindSegment(*name);
    if (known == nullptr || known->away) return false;
  }
  for (const SpooledRun& run : runs_) {
    for (const auto& [key, segment] : run.segments) {
      if (segment.away || listed.contains(segment.name) || IsActive(run, segment)) continue;
      if (LeadsNowhere(segment)) return false;
    }
  }
  return true;
}

void SpooledRuns::PutInFront(RecoveredSpool recovered) {
  for (const Loss& loss : recovered.losses.All()) losses_.Add(loss);
  std::vector<SpooledRun> before = std::move(runs_);
  runs_ = std::move(recovered.runs);
  std::map<SegmentKey, SpooledSegment> found;  // of the run that is being written
  std::erase_if(runs_, [&](SpooledRun& run) {
    if (run.id != before.back().id) return false;
    found = std::move(run.segments);
    return true;
  });
  runs_.push_back(std::move(before.back()));
  before.pop_back();
  for (SpooledRun& run : before) KeepWhatIsThere(run);
  for (const auto& [id, seqs] : recovered.found_again) HoldAgain(id, seqs);
  std::vector<SegmentKey> gone;
  for (const auto& [key, segment] : current().segments) {
    if (IsActive(current(), segment) || (found.contains(key) && !segment.away)) continue;
    if (segment.away || LeadsNowhere(segment)) gone.push_back(key);
  }
  NoteGone(current(), gone);
  for (const SegmentKey& key : gone) current().segments.erase(key);
  for (auto& [key, segment] : found) {
    if (!current().segments.contains(key)) TakeIn(std::move(segment));
  }
  // What was found now is compared with what it promises when it is loaded.
  loaded_.reset();
  ++changes_;
}

SpooledRun& SpooledRuns::Insert(SpooledRun run) {
  const auto order = [](const SpooledRun& of) { return std::tuple(of.number, of.id); };
  const auto place = std::find_if(runs_.begin(), std::prev(runs_.end()),
                                  [&](const SpooledRun& at) { return order(run) < order(at); });
  return *runs_.insert(place, std::move(run));
}

// `before` is what was known of a run, `runs_` what was found now.
void SpooledRuns::KeepWhatIsThere(SpooledRun& before) {
  if (before.excluded()) return;
  std::vector<SegmentKey> gone;
  std::vector<SegmentKey> left_out;  // of the listing, and there all the same
  for (const auto& [key, segment] : before.segments) {
    if (FindSegment(segment.name) != nullptr) continue;
    (segment.away || LeadsNowhere(segment) ? gone : left_out).push_back(key);
  }
  NoteGone(before, gone);
  SpooledRun* now = FindRun(before.id);
  if (now == nullptr && !left_out.empty()) {
    SpooledRun without_segments = before;
    without_segments.segments.clear();
    without_segments.held = {};
    now = &Insert(std::move(without_segments));
  }
  if (now == nullptr || now->excluded()) return;
  for (const auto& [key, segment] : before.segments) KeepHeld(before, segment, *now);
  for (const SegmentKey& key : left_out) now->segments[key] = before.segments.at(key);
  if (!left_out.empty()) BoundByNames(now->segments);
  if (now->last_seq >= before.last_seq) return;
  now->last_seq = before.last_seq;
  now->unclean = before.unclean;
}

// Where a segment was read before, or is not listed, what was held still is: names would promise
// more, or less.
void SpooledRuns::KeepHeld(const SpooledRun& before, const SpooledSegment& segment,
                           SpooledRun& now) {
  const auto found = now.segments.find(KeyOf(segment.name));
  const bool is_there = found != now.segments.end();
  // No name behind the last one bounds it.
  if (is_there && std::next(found) == now.segments.end()) {
    found->second.last_seq = std::max(found->second.last_seq, segment.last_seq);
  }
  const SpooledSegment& range = is_there ? found->second : segment;
  // An earlier attempt: it is read again.
  if (range.empty() || (is_there && !segment.certain)) return;
  if (is_there) found->second.certain = true;
  now.held.Remove(range.seqs());
  for (const SeqRange& both : Both(before.held, range).Ranges()) now.held.Add(both);
}

// The segment that was read before does not have them, and one that is back does. Those of the
// current run are taken in with their segment.
void SpooledRuns::HoldAgain(RunId id, const SeqSet& seqs) {
  SpooledRun* const run = FindRun(id);
  if (run == nullptr || run == &current()) return;
  for (const SeqRange& range : seqs.Ranges()) {
    run->held.Add(range);
    losses_.Forget(id, range);
  }
}

void SpooledRuns::NoteGone(SpooledRun& run, const std::vector<SegmentKey>& gone) {
  if (gone.empty() || run.excluded()) return;
  SeqSet lost;
  for (const SegmentKey& key : gone) {
    SpooledSegment& segment = run.segments.at(key);
    if (std::exchange(segment.away, true)) continue;
    segment.certain = false;
    LogError(Cat("spool: ", segment.path, " is missing: it was moved or deleted"));
    noted_gone_ = true;
    for (const SeqRange& range : Both(run.held, segment).Ranges()) lost.Add(range);
  }
  for (const auto& [key, segment] : run.segments) {
    if (!segment.away && !segment.empty()) lost.Remove(segment.seqs());
  }
  if (run.id == current().id) {
    for (const auto& [seq, record] : ring_.records()) lost.Remove({seq, seq});
  }
  for (const SeqRange& range : lost.Ranges()) run.held.Remove(range);
  for (const SeqRange& settled : SettledOf(run.id).Ranges()) lost.Remove(settled);
  for (const SeqRange& range : lost.Ranges()) losses_.Add({run.id, range, LossReason::kDamaged});
  lost_records_ += lost.Count();
}

// A segment of the run that is being written, whose file was away and is back.
void SpooledRuns::TakeIn(SpooledSegment segment) {
  if (segment.name.first_seq > current().last_seq + 1) return;  // not of our making
  const auto file = files_.Open(segment.path);
  const auto index = file.ok() ? ReadIndex(**file, segment.name, current().device_id)
                               : StatusOr<SegmentIndex>(file.status());
  // It stays unknown: the next look at the folder finds it again.
  if (!index.ok()) return;
  segment.last_seq = segment.name.first_seq - 1;
  segment.certain = true;
  SpooledSegment& back = current().segments[KeyOf(segment.name)] = std::move(segment);
  for (const auto& [seq, place] : index->records) {
    if (seq > current().last_seq) break;
    back.last_seq = std::max(back.last_seq, seq);
  }
  SegmentIndex issued = *index;
  std::erase_if(issued.records, [&](const auto& at) { return at.first > current().last_seq; });
  AddUnpromised(current(), back, issued);
  LogInfo(Cat("spool: ", back.path, " is back"));
}

}  // namespace godwit::agent
