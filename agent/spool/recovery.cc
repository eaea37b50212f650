#include "agent/spool/recovery.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "agent/limits.h"
#include "base/checksum.h"
#include "base/counted.h"
#include "base/log.h"
#include "base/text.h"

namespace godwit::agent {
namespace {

class Recovery {
 public:
  Recovery(FileSystem& files, const std::string& directory, const std::string& device_id)
      : files_(files), directory_(directory), device_id_(device_id), ours_{device_id} {}

  StatusOr<RecoveredSpool> Run() {
    GODWIT_RETURN_IF_ERROR(ListFolder());
    for (auto& [id, run] : runs_) IdentifyRun(run);
    for (auto& [id, run] : runs_) out_.runs.push_back(std::move(run));
    std::sort(out_.runs.begin(), out_.runs.end(), [](const SpooledRun& a, const SpooledRun& b) {
      return std::tuple(a.number, a.id) < std::tuple(b.number, b.id);
    });
    const std::map<RunId, PastRun> statements = WhatLaterRunsSay();
    for (SpooledRun& run : out_.runs) {
      if (run.excluded()) continue;
      const auto statement = statements.find(run.id);
      const bool is_reported = statement != statements.end() && !statement->second.uncertain;
      if (is_reported) {
        run.last_seq = statement->second.last_seq;
        run.unclean = statement->second.unclean;
      }
      // A segment that begins behind what a later run knew of this one was not there then.
      const Seq last_first_seq = run.segments.rbegin()->second.name.first_seq;
      const bool is_news = is_reported && last_first_seq > run.last_seq;
      SetRanges(run);
      if (!is_reported || is_news) ReadLastSegment(run);
    }
    AddDamage();
    ForgetLost();
    ListPastRuns(statements);
    return std::move(out_);
  }

 private:
  Status ListFolder() {
    GODWIT_ASSIGN_OR_RETURN(const auto entries, files_.List(directory_));
    for (const FileEntry& entry : entries) {
      const std::string path = Cat(directory_, "/", entry.name);
      if (entry.name.starts_with(kAdoptionPrefix)) NoteAdoption(path);
      const auto name = ParseSegmentFileName(entry.name);
      if (!name) continue;
      SpooledRun& run = runs_[name->run];
      run.id = name->run;
      run.segments[KeyOf(*name)] = {.path = path, .name = *name, .bytes = entry.bytes};
    }
    return absl::OkStatus();
  }

  void NoteAdoption(const std::string& path) {
    const auto file = files_.Open(path);
    const auto device = file.ok() ? (*file)->ReadAt(0, kDeviceIdBytesMax + 1)
                                  : StatusOr<std::string>(file.status());
    if (!device.ok()) {
      out_.complete = false;
    } else if (path.ends_with(AdoptionFileName(*device))) {
      ours_.insert(*device);
    } else if (!path.ends_with(kAdoptionUnderWay)) {
      LogWarning(Cat("spool: ", path,
                     " is incomplete: run `godwit-agent spool adopt` for that device again"));
    }
  }

  // By the newest segment whose opening is whole: a run that could not read everything at first
  // knows more of the runs before it later.
  void IdentifyRun(SpooledRun& run) {
    run.device_id = device_id_;
    bool failed = false;
    std::vector<SpooledSegment*> named;  // those with a header
    bool whole = false;
    for (auto at = run.segments.rbegin(); at != run.segments.rend() && !whole; ++at) {
      SpooledSegment& segment = at->second;
      const auto file = files_.Open(segment.path);
      auto opening = file.ok() ? ReadOpening(**file, segment.name, device_id_)
                               : StatusOr<SegmentIndex>(file.status());
      failed |= !opening.ok();
      segment.durable = false;
      if (!opening.ok() || !opening->header) continue;
      whole = opening->header->run_number == 1 || !opening->past_runs.empty();
      segment.durable = whole;
      if (whole || named.empty()) {
        run.number = opening->header->run_number;
        run.device_id = opening->header->device_id;
        run.past_runs = std::move(opening->past_runs);
      }
      named.push_back(&segment);
    }
    // It knew of none before it, so none of its segments can lack them.
    for (SpooledSegment* segment : named) segment->durable |= run.past_runs.empty();
    run.foreign = !ours_.contains(run.device_id);
    run.unread = failed && named.empty();
    out_.complete &= !failed;
  }

  // Of the statements about a run the highest holds, and of equal ones that of the newest run: a
  // run whose listing lacked a file knows too little.
  std::map<RunId, PastRun> WhatLaterRunsSay() const {
    std::map<RunId, PastRun> statements;
    for (const SpooledRun& run : out_.runs) {
      if (run.excluded()) continue;
      for (const PastRun& past : run.past_runs) {
        PastRun& known = statements[past.run];
        if (known.run == 0 || past.last_seq >= known.last_seq) known = past;
      }
    }
    return statements;
  }

  // What the segments hold, by their names.
  static void SetRanges(SpooledRun& run) {
    run.held = {};
    Seq next = 0;
    for (auto at = run.segments.rbegin(); at != run.segments.rend(); ++at) {
      SpooledSegment& segment = at->second;
      if (next == 0) run.last_seq = std::max(run.last_seq, segment.name.first_seq - 1);
      segment.last_seq = next == 0 ? run.last_seq : next - 1;
      next = segment.name.first_seq;
      run.held.Add(segment.seqs());
    }
  }

  void ReadLastSegment(SpooledRun& run) {
    SpooledSegment& last = run.segments.rbegin()->second;
    const auto file = files_.Open(last.path);
    auto index = file.ok() ? ReadIndex(**file, last.name, run.device_id)
                           : StatusOr<SegmentIndex>(file.status());
    if (!index.ok()) {
      run.uncertain = true;
      run.unclean = true;
      out_.complete = false;
      return;
    }
    if (index->damaged_bytes > 0) {
      LogWarning(
          Cat("spool: ", last.path, ": skipped ", Counted(index->damaged_bytes, "damaged byte")));
    }
    out_.damaged_bytes += index->damaged_bytes;
    last.certain = true;
    // The last run read is the newest, and its last segment has all losses.
    out_.losses = {};
    for (const Loss& loss : index->losses) out_.losses.Add(loss);
    run.unclean = !index->ended;
    run.last_seq = std::max(last.name.first_seq - 1, index->last_seq);
    last.last_seq = run.last_seq;
    run.held.Remove({last.name.first_seq, kSpoolSeqMax});
    for (const auto& [seq, place] : index->records) {
      if (seq >= last.name.first_seq) run.held.Add(seq);
    }
    if (index->damaged_bytes > 0) NoteDamage(run, last);
  }

  // What the segment itself names as lost has its reason already.
  void NoteDamage(const SpooledRun& run, const SpooledSegment& last) {
    SeqSet& damaged = damaged_[run.id];
    damaged = SeqSet(run.held.Missing(last.seqs()));
    for (const Loss& loss : out_.losses.All()) {
      if (loss.run == run.id) damaged.Remove(loss.seqs);
    }
  }

  void AddDamage() {
    for (auto& [run, damaged] : damaged_) {
      for (const Loss& loss : out_.losses.All()) {
        if (loss.run == run) damaged.Remove(loss.seqs);
      }
      for (const SeqRange& range : damaged.Ranges()) {
        out_.losses.Add({run, range, LossReason::kDamaged});
      }
    }
  }

  // What is known to be lost is not held, whatever the names say.
  void ForgetLost() {
    const std::vector<Loss> losses = out_.losses.All();
    for (const Loss& loss : losses) {
      for (SpooledRun& run : out_.runs) {
        if (run.id != loss.run || run.excluded()) continue;
        SeqSet lost({loss.seqs});
        for (const SeqRange& range : FindAgain(run, loss).Ranges()) {
          lost.Remove(range);
          run.held.Add(range);
          run.last_seq = std::max(run.last_seq, range.last);
          out_.losses.Forget(run.id, range);
        }
        for (const SeqRange& range : lost.Ranges()) run.held.Remove(range);
      }
    }
  }

  // Of a loss, what a segment has that was away then and is back. What cannot be read now is not
  // lost either.
  SeqSet FindAgain(SpooledRun& run, const Loss& loss) {
    SeqSet found;
    const bool had_been_written =
        loss.reason == LossReason::kSpoolFull || loss.reason == LossReason::kDamaged;
    if (!had_been_written) return found;
    const auto both = [&](const SpooledSegment& segment) {
      return SeqRange{std::max(segment.name.first_seq, loss.seqs.first),
                      std::min(segment.last_seq, loss.seqs.last)};
    };
    bool behind_has = false;  // by its name, the segment behind has some of it
    for (auto at = run.segments.rbegin(); at != run.segments.rend(); ++at) {
      SpooledSegment& segment = at->second;
      const SeqRange named = both(segment);
      const bool has = named.first <= named.last;
      // One that was away has what was written again to the segment behind it.
      if (!has && !std::exchange(behind_has, false)) continue;
      behind_has = has;
      const auto file = files_.Open(segment.path);
      const auto index = file.ok() ? ReadIndex(**file, segment.name, run.device_id)
                                   : StatusOr<SegmentIndex>(file.status());
      if (!index.ok()) {
        out_.complete = false;
        if (has) found.Add(named);
        continue;
      }
      for (auto record = index->records.lower_bound(loss.seqs.first);
           record != index->records.end() && record->first <= loss.seqs.last; ++record) {
        found.Add(record->first);
        out_.found_again[run.id].Add(record->first);
        segment.last_seq = std::max(segment.last_seq, record->first);
      }
    }
    return found;
  }

  // What is found of a run counts, and not what a later one said of it.
  void ListPastRuns(std::map<RunId, PastRun> known) {
    for (const SpooledRun& run : out_.runs) {
      if (!run.excluded()) known[run.id] = {run.id, run.last_seq, run.unclean, run.uncertain};
    }
    std::set<RunId> listed;
    const auto list = [&](const PastRun& past) {
      if (out_.past_runs.size() >= kPastRunsMax || !listed.insert(past.run).second) return;
      out_.past_runs.push_back(known.at(past.run));
    };
    for (auto run = out_.runs.rbegin(); run != out_.runs.rend(); ++run) {
      if (run->excluded()) continue;
      list({.run = run->id});
      for (const PastRun& past : run->past_runs) list(past);
    }
  }

  FileSystem& files_;
  const std::string& directory_;
  const std::string& device_id_;
  std::set<std::string> ours_;
  std::map<RunId, SpooledRun> runs_;
  std::map<RunId, SeqSet> damaged_;  // in last segments
  RecoveredSpool out_;
};

}  // namespace

StatusOr<RecoveredSpool> RecoverSpool(FileSystem& files, const std::string& directory,
                                      const std::string& device_id) {
  return Recovery(files, directory, device_id).Run();
}

std::string AdoptionFileName(std::string_view device_id) {
  return Cat(kAdoptionPrefix, Hex(Checksum(device_id)));
}

}  // namespace godwit::agent
