// The runs and segments that lie on the disk: reading their records, settling them, removing
// segments.
//
// Invariants
//   - A segment is removed when all its seqs are settled and no loss of it is still untold; or as
//     the oldest, to make room; and never if it alone names its run, or the last seq of that.
//   - What an older segment holds is taken from the names until it is read. What is missing then is
//     a loss like any other.
//   - At most one segment is indexed besides the one that is written.
//   - A segment whose name leads nowhere is a loss, as damaged, until its file is back. Nothing is
//     removed by a name that was not read.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "agent/spool/memory_ring.h"
#include "agent/spool/recovery.h"
#include "agent/spool/segment_writer.h"

namespace godwit::agent {

struct StoredRecord {
  RecordName name;
  std::vector<TableId> tables;
  std::string batch;
};

// Storage-confined.
class SpooledRuns {
 public:
  // What waits in memory, in `ring`, is lost with no file.
  SpooledRuns(FileSystem& files, const MemoryRing& ring) : files_(files), ring_(ring) {}

  // What recovery found, in front of the run that is being written. What was known and is not found
  // is kept if its name still leads to a file, and lost otherwise.
  void PutInFront(RecoveredSpool recovered);
  // Whether these files are the segments that are known: none is away, and none is new.
  bool Match(const std::vector<FileEntry>& folder);
  // Somebody took a segment since this was last asked.
  bool TakeNoteOfGone() { return std::exchange(noted_gone_, false); }
  // The run that is being written; always the last.
  SpooledRun& Begin(RunId run, const std::string& device_id);
  SpooledRun& current() { return runs_.back(); }
  const std::vector<SpooledRun>& all() const { return runs_; }

  // A new segment of the current run, durable, and its writer; it names these past runs. Earlier
  // attempts at it go.
  void SetActive(const SegmentWriter* writer, const SpooledSegment& segment,
                 const std::vector<PastRun>& past_runs);
  void ClearActive();
  // Likewise, of a segment whose name is gone: what is not in memory is not held any more.
  void ForgetActive();
  // The highest attempt at a segment of the current run with this first seq.
  std::optional<uint16_t> LastAttempt(Seq first_seq) const;
  SpooledSegment& active_segment() { return current().segments.at(KeyOf(active_name_)); }

  std::optional<RecordName> Next(std::optional<RecordName> after) const;
  // kDataLoss when its bytes have changed on the disk: it is a loss from then on.
  [[nodiscard]] StatusOr<StoredRecord> Read(const RecordName& name);
  // kNotFound when no segment has it, though a later one may; kDataLoss once none has brought it
  // back within kTableAwaitedAppends.
  [[nodiscard]] StatusOr<std::string> ReadTable(const TableId& id);
  // The segment that is being written has this table.
  void NoteTable(const TableId& id) {
    missing_tables_.erase(id);
    missing_since_.erase(id);
  }
  // One more record was handed to the spool.
  void NoteAppend() { ++appends_; }
  // Tables of the segments that are indexed at the moment.
  std::set<TableId> TableIds() const;

  void ReplaceSettled(const std::map<RunId, SeqSet>& settled,
                      const std::map<RunId, SeqSet>& reported);
  void AddSettled(RunId run, SeqRange seqs);
  bool IsSettled(const RecordName& name) const;
  bool IsHeld(const RecordName& name) const;
  // None of these, if there is another.
  std::optional<RecordName> NewestUnsettled(const std::set<RecordName>& least_wanted) const;
  uint64_t UnsettledRecords() const;

  // Removes the oldest segment that can be read; those of other devices last. False when no segment
  // may go, or the disk refuses.
  bool DropOldest();
  void Trim();

  // Without a reason where none is known, or it was told before.
  void Lose(RunId run, SeqRange seqs, std::optional<LossReason> reason);
  LossList& losses() { return losses_; }
  const LossList& losses() const { return losses_; }
  // Grows whenever something that was held, and not settled, is gone.
  uint64_t lost_records() const { return lost_records_; }
  // Grows with every change that a session which is open does not know of.
  uint64_t changes() const { return lost_records_ + changes_; }

  // In blocks of the disk.
  ByteCount bytes() const;

 private:
  struct Loaded {
    std::unique_ptr<ReadableFile> own_file;  // unless it is the active one
    const ReadableFile* file = nullptr;
    SegmentName name;
    std::string device_id;
    SegmentIndex own;  // unless it is the active one
    const SegmentIndex* index = nullptr;
  };

  SpooledRun* FindRun(RunId run);
  SpooledSegment* FindSegment(const SegmentName& name);
  // As it was, or without its segments, in its place among the others.
  SpooledRun& Insert(SpooledRun run);
  void KeepWhatIsThere(SpooledRun& before);
  void KeepHeld(const SpooledRun& before, const SpooledSegment& segment, SpooledRun& now);
  void HoldAgain(RunId id, const SeqSet& seqs);
  void TakeIn(SpooledSegment segment);
  bool LeadsNowhere(const SpooledSegment& segment);
  // Somebody took these segments of a run: what no other segment of it has is lost.
  void NoteGone(SpooledRun& run, const std::vector<SegmentKey>& gone);
  StatusOr<Loaded*> Load(SpooledRun& run, const SpooledSegment& segment);
  // The segment that has this record; kNotFound when none has.
  StatusOr<const Loaded*> Find(SpooledRun& run, Seq seq);
  Status NoteUnreadable(const SpooledSegment& segment, const Status& status);
  void AddUnpromised(SpooledRun& run, SpooledSegment& segment, const SegmentIndex& index);
  // Takes out of `gone` what segments in front of this one have, or may have.
  void RemoveHeldBefore(SpooledRun& run, const SegmentKey& key, SeqSet& gone);
  // Compares what the names promised with what was found.
  void Reconcile(SpooledRun& run, const SpooledSegment& segment, const SegmentIndex& index);
  StatusOr<std::string> ReadTableFrom(SpooledRun& run, const SpooledSegment& segment,
                                      const TableId& id);
  bool IsActive(const SpooledRun& run, const SpooledSegment& segment) const;
  bool MayBeTrimmed(const SpooledRun& run, const SpooledSegment& segment) const;
  // Whether it alone names its run, or the last seq of that: no other durable segment, of this run
  // or a later one, does.
  bool IsNeeded(const SpooledRun& run, const SpooledSegment& segment) const;
  // What no other segment has, by the names.
  SeqSet HeldOnlyIn(const SpooledRun& run, const SpooledSegment& segment) const;
  bool MayBeDropped(const SpooledRun& run, const SpooledSegment& segment) const;
  bool IsReadable(SpooledRun& run, const SpooledSegment& segment);
  bool Drop(SpooledRun& run, SegmentKey key);
  bool HoldsNoMore(SpooledRun& run, const SpooledSegment& segment);
  Status RemoveFile(const SpooledSegment& segment);
  const SeqSet& SettledOf(RunId run) const;

  FileSystem& files_;
  const MemoryRing& ring_;
  std::vector<SpooledRun> runs_;  // oldest first
  const SegmentWriter* active_ = nullptr;
  SegmentName active_name_;
  std::unique_ptr<Loaded> loaded_;
  SegmentName unreadable_;            // the last that was
  std::set<TableId> missing_tables_;  // looked for everywhere, in vain, and not written since
  std::map<TableId, uint64_t> missing_since_;  // of `appends_`; at most kTablesAwaitedMax
  uint64_t appends_ = 0;
  std::map<RunId, SeqSet> settled_;
  LossList losses_;
  uint64_t lost_records_ = 0;
  uint64_t changes_ = 0;
  bool noted_gone_ = false;
  uint64_t dropped_segments_ = 0;
};

}  // namespace godwit::agent
