// The runs and segments on the disk: reads their records, settles them, removes segments.
//
// Invariants
//   - A segment is removed when all its records are settled and all its losses are reported, or as
//     the oldest, to make room; never if it alone names its run, or the run's last sequence number.
//   - The contents of an older segment are derived from file names until it is read. What is
//     missing then is a loss like any other.
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

// The runs on the disk. Storage-confined.
class SpooledRuns {
 public:
  // Records in `ring` are not lost when their file is.
  SpooledRuns(FileSystem& files, const MemoryRing& ring) : files_(files), ring_(ring) {}

  // Adds the recovered runs before the run that is being written. A segment that was known and has
  // not been found is kept if its name still leads to a file, and lost otherwise.
  void PutInFront(RecoveredSpool recovered);
  // Returns whether these files are exactly the known segments: none is away, and none is new.
  bool Match(const std::vector<FileEntry>& folder);
  // Returns whether a segment was moved or removed since the last call.
  bool TakeNoteOfGone() { return std::exchange(noted_gone_, false); }
  // Starts the run that is being written; it is always the last.
  SpooledRun& Begin(RunId run, const std::string& device_id);
  SpooledRun& current() { return runs_.back(); }
  const std::vector<SpooledRun>& all() const { return runs_; }

  // Sets a new durable segment of the current run and its writer; it names these past runs. Earlier
  // attempts at it are removed.
  void SetActive(const SegmentWriter* writer, const SpooledSegment& segment,
                 const std::vector<PastRun>& past_runs);
  void ClearActive();
  // Clears a segment whose name is gone: records that are not in memory are not held any more.
  void ForgetActive();
  // Returns the highest attempt at a segment of the current run with this first sequence number.
  std::optional<uint16_t> LastAttempt(Seq first_seq) const;
  SpooledSegment& active_segment() { return current().segments.at(KeyOf(active_name_)); }

  std::optional<RecordName> Next(std::optional<RecordName> after) const;
  // Reads a record. kDataLoss: its bytes have changed on the disk; it is a loss from then on.
  [[nodiscard]] StatusOr<StoredRecord> Read(const RecordName& name);
  // Reads a table. kNotFound: no segment has it, though a later one may; kDataLoss: none has
  // brought it back within kTableAwaitedAppends.
  [[nodiscard]] StatusOr<std::string> ReadTable(const TableId& id);
  // Records that the segment being written has this table.
  void NoteTable(const TableId& id) {
    missing_tables_.erase(id);
    missing_since_.erase(id);
  }
  // Records that one more record was appended to the spool.
  void NoteAppend() { ++appends_; }
  // Returns the tables of the segments that are indexed now.
  std::set<TableId> TableIds() const;

  void ReplaceSettled(const std::map<RunId, SeqSet>& settled,
                      const std::map<RunId, SeqSet>& reported);
  void AddSettled(RunId run, SeqRange seqs);
  bool IsSettled(const RecordName& name) const;
  bool IsHeld(const RecordName& name) const;
  // Returns the newest unsettled record, one of `least_wanted` only if there is no other.
  std::optional<RecordName> NewestUnsettled(const std::set<RecordName>& least_wanted) const;
  uint64_t UnsettledRecords() const;

  // Removes the oldest readable segment; those of other devices last. Returns false if no segment
  // may be removed, or the disk refuses.
  bool DropOldest();
  void Trim();

  // Records a loss. No reason: none is known, or it was reported before.
  void Lose(RunId run, SeqRange seqs, std::optional<LossReason> reason);
  LossList& losses() { return losses_; }
  const LossList& losses() const { return losses_; }
  // Returns the number of records that were held, not settled, and are gone.
  uint64_t lost_records() const { return lost_records_; }
  // Returns a number that grows with every change that an open session does not know of.
  uint64_t changes() const { return lost_records_ + changes_; }

  // Returns the bytes of all segments, in blocks of the disk.
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
  // Inserts a run, as it was or without its segments, in its place among the others.
  SpooledRun& Insert(SpooledRun run);
  void KeepWhatIsThere(SpooledRun& before);
  void KeepHeld(const SpooledRun& before, const SpooledSegment& segment, SpooledRun& now);
  void HoldAgain(RunId id, const SeqSet& seqs);
  void TakeIn(SpooledSegment segment);
  bool LeadsNowhere(const SpooledSegment& segment);
  // Records that these segments of a run were moved or removed: what no other segment of it has is
  // lost.
  void NoteGone(SpooledRun& run, const std::vector<SegmentKey>& gone);
  StatusOr<Loaded*> Load(SpooledRun& run, const SpooledSegment& segment);
  // Returns the segment that has this record; kNotFound: none has.
  StatusOr<const Loaded*> Find(SpooledRun& run, Seq seq);
  Status NoteUnreadable(const SpooledSegment& segment, const Status& status);
  void AddUnpromised(SpooledRun& run, SpooledSegment& segment, const SegmentIndex& index);
  // Removes from `gone` what segments before this one have, or may have.
  void RemoveHeldBefore(SpooledRun& run, const SegmentKey& key, SeqSet& gone);
  // Compares the contents derived from file names with those found.
  void Reconcile(SpooledRun& run, const SpooledSegment& segment, const SegmentIndex& index);
  StatusOr<std::string> ReadTableFrom(SpooledRun& run, const SpooledSegment& segment,
                                      const TableId& id);
  bool IsActive(const SpooledRun& run, const SpooledSegment& segment) const;
  bool MayBeTrimmed(const SpooledRun& run, const SpooledSegment& segment) const;
  // Returns whether it alone names its run, or the run's last sequence number: no other durable
  // segment of this run or a later one does.
  bool IsNeeded(const SpooledRun& run, const SpooledSegment& segment) const;
  // Returns the records that no other segment has, by the file names.
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
  SegmentName unreadable_;                     // the last that was
  std::set<TableId> missing_tables_;           // found nowhere, and not written since
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
