// The record log on flash. A record is safe once Append has returned kSafe: it then survives a
// kill, a panic and a power cut on storage that honours flushes. Format: docs/spool-format.md.
//
// Invariants
//   - Segments are the truth; there is no second file that must agree with them.
//   - Recovery writes nothing; a new run starts a new segment, and no run appends to another's.
//   - Every batch gets a sequence number, even one that is lost: every number is held, settled or
//     reported as lost.
//   - The folder never takes more than max_bytes, in blocks of the disk.
//   - A failing disk is never an error of the spool: records stay in memory, bounded, are read from
//     there, and are written once the disk takes them.
//   - A record is safe only while the name of its segment leads to it. The name is checked after
//     each sync; the records of a segment that was moved or removed are written again.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/spool/memory_ring.h"
#include "agent/spool/options.h"
#include "agent/spool/quarantine_files.h"
#include "agent/spool/spooled_runs.h"
#include "platform/file_system.h"
#include "platform/random.h"

namespace godwit::agent {

// The name of the lock in the spool's folder.
inline constexpr std::string_view kLockName = "lock";

// The state of one run.
struct RunState {
  RunId run = 0;
  Seq last_seq = 0;  // the highest it is known to have reached, held or not
  SeqSet held;
  RunId follows_run = 0;
  Seq follows_last_seq = 0;
  bool unclean = false;  // it was cut off: samples not yet sealed are lost
};

struct Appended {
  enum class Fate {
    kSafe,      // on the disk, synced
    kInMemory,  // the disk takes nothing at the moment
    kLost       // no room, or too large
  };
  RecordName name;
  Fate fate = Fate::kSafe;
};

struct SpoolStats {
  uint64_t records = 0;
  uint64_t unsettled_records = 0;
  ByteCount appended_bytes = 0;  // since this start, even if they were lost
  uint64_t quarantined_copies = 0;
  ByteCount bytes = 0;            // on the disk, in its blocks
  ByteCount bound = 0;            // what the spool may take now
  ByteCount bytes_in_memory = 0;  // waiting for the disk
  uint64_t lost_records = 0;      // since this start
  uint64_t foreign_segments = 0;
  ByteCount damaged_bytes = 0;  // skipped by recovery
  ByteCount quarantine_bytes = 0;
  uint64_t taken_segments = 0;  // moved, deleted or replaced while they were written
  Status disk;                  // OK, or why the disk takes nothing
};

// Returns the disk's state for people: "ok", what is wrong with it, or what was done to the spool
// from outside since this start.
std::string DiskText(const SpoolStats& stats);

// The spool. Storage-confined.
class Spool {
 public:
  // Opens a spool. `lock` is the folder's lock, if the caller holds it; otherwise the spool takes
  // it. kUnavailable: another agent holds the folder; kPermissionDenied, kNotFound and similar: it
  // can never be a spool. A disk that is full, read-only or failing is no error.
  [[nodiscard]] static StatusOr<std::unique_ptr<Spool>> Open(
      const SpoolOptions& options, FileSystem& files, Random& random,
      std::shared_ptr<FileLock> lock = nullptr);

  // Changes the bound, which records are dropped when it is reached, and the free space to keep,
  // from the next record on. Other members of `options` are ignored.
  void SetBounds(const SpoolOptions& options);

  // Appends a record. Tries the disk, and if that fails once more with a new segment.
  Appended Append(NewRecord record);
  // Records a batch that never became a record: its sequence number becomes a gap.
  RecordName Lose(LossReason reason);
  // Ends the run, after all its samples were appended: without this, the next start reports an
  // unclean end. Nothing may be appended afterwards.
  void End();

  RunId run() const { return run_; }
  // Returns the name of the record that was appended last, even if it was lost; seq 0: there is
  // none.
  RecordName NewestName() const { return {run_, next_seq_ - 1}; }
  // Returns all runs, oldest first, including those that are only known by name; the current run is
  // last.
  std::vector<RunState> Runs() const;
  // Returns the tables that need no search: a hint that spares sending them.
  std::vector<TableId> TableIds() const;
  [[nodiscard]] StatusOr<std::string> ReadTable(const TableId& id);

  // Returns the next record that is not settled, in the order of runs and sequence numbers; {}
  // starts at the oldest.
  std::optional<RecordName> Next(std::optional<RecordName> after) const;
  // Returns the newest unsettled record, one of `least_wanted` only if there is no other.
  std::optional<RecordName> NewestUnsettled(const std::set<RecordName>& least_wanted) const {
    return runs_.NewestUnsettled(least_wanted);
  }
  // Records that a held record cannot be sent any more, because its table is damaged for good.
  void MarkDamaged(const RecordName& name) {
    runs_.Lose(name.run, {name.seq, name.seq}, LossReason::kDamaged);
  }
  // Reads a record. kDataLoss: its bytes have changed on the disk; it is a loss from then on.
  [[nodiscard]] StatusOr<StoredRecord> Read(const RecordName& name);

  // Returns the losses that have not been reported to a collector. ConfirmReported removes them
  // once a collector has answered.
  std::vector<Loss> UnreportedLosses() const { return runs_.losses().All(); }
  void ConfirmReported(const std::vector<Loss>& losses);
  // Returns the number of records and batches lost without being settled since this start.
  uint64_t lost_records() const { return runs_.lost_records() + lost_batches_; }
  // Returns a number that grows with every change that makes an open session's picture of the runs
  // wrong.
  uint64_t changes() const { return runs_.changes() + lost_batches_; }

  // Replace, or extend, what the collector is known to have settled, then trim. `reported` is what
  // the OpenSession request reported as held. One of these records counts as a change if it was
  // trimmed while the call was under way and the answer does not settle it.
  void ReplaceSettled(const std::map<RunId, SeqSet>& settled,
                      const std::map<RunId, SeqSet>& reported = {});
  void AddSettled(RunId run, SeqRange seqs);

  // Copies a record to quarantine, synced, so that it may be settled although no collector has it.
  // kOutOfRange: there is no room for it within an eighth of the spool and its bound.
  [[nodiscard]] Status CopyToQuarantine(const RecordName& name, QuarantineKind kind);
  // Return the rejected records with a sound copy: those still held, and those that are not.
  std::vector<RecordName> RejectedAndHeld();
  std::vector<RecordName> RejectedAndGone();
  // Returns the rejected records not held whose copies the disk does not read now, and may later.
  std::vector<RecordName> RejectedAndUnread();
  [[nodiscard]] StatusOr<NewRecord> ReadQuarantined(const RecordName& name) {
    return quarantine_.Read(name);
  }
  // Removes a copy that a collector has taken after all.
  void DropQuarantined(const RecordName& name) { quarantine_.Remove(name); }

  SpoolStats stats() const;

 private:
  Spool(const SpoolOptions& options, FileSystem& files, Random& random);

  // Creates and locks the folder and reads its contents; repeated until the disk allows it.
  Status Attach();
  Status Recover();
  void NotePastRuns(std::vector<PastRun> found);
  bool NoteGrownRuns();
  void Relist();
  Status WriteRing();
  Status WriteSome();
  Status OpenSegment();
  Status StartSegment();
  void LeaveLostFolder();
  bool ActiveIsLost() const;
  bool AbandonActive();
  void TakeBack();
  Status MakeRoom(ByteCount needed);
  ByteCount Bound() const;
  // Returns the most bytes that segments may take: what quarantined copies leave.
  ByteCount BytesMax() const;
  ByteCount OpeningNeeds() const;
  ByteCount KeptFree() const;
  ByteCount SegmentBytes() const;
  void NoteDisk(const Status& status);
  void BoundRing();
  void ForgetSettledInRing();
  Seq TakeSeq();

  SpoolOptions options_;
  FileSystem& files_;
  std::shared_ptr<FileLock> lock_;
  bool attached_ = false;
  bool complete_ = false;      // everything that recovery wanted to read could be read
  uint64_t until_relist_ = 0;  // appends
  uint64_t relist_interval_ = 1;

  const RunId run_;
  uint64_t run_number_ = 1;
  std::vector<PastRun> past_runs_;
  Seq next_seq_ = 1;

  MemoryRing ring_;
  SpooledRuns runs_;
  QuarantineFiles quarantine_;
  std::unique_ptr<SegmentWriter> active_;
  SegmentName lost_name_;    // of the last segment that somebody took or put there
  Seq last_taken_back_ = 0;  // into memory, from a segment that was lost
  uint64_t taken_segments_ = 0;
  ByteCount damaged_bytes_ = 0;
  uint64_t lost_batches_ = 0;
  ByteCount appended_bytes_ = 0;
  bool logged_too_large_ = false;
  Status disk_;
};

}  // namespace godwit::agent
