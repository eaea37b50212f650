// The record log on flash. A record is safe once Append returned: it then survives a kill, a panic
// and a power cut on storage that honours flushes.
//
// Invariants
//   - Segments are the truth; there is no second file that must agree with them.
//   - Recovery writes nothing; a new run begins in a new segment, and no run appends to another's.
//   - A segment goes when all its records are settled, or as the oldest when the bound is reached.
//     The newest is never trimmed. Nothing is deleted because it could not be read.
//   - Segments of another device id are kept, count towards the bound, and are not sent.
#pragma once

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "agent/spool/options.h"
#include "agent/spool/segment_scan.h"
#include "agent/spool/segment_writer.h"
#include "base/names.h"
#include "base/seq_set.h"
#include "platform/file_system.h"
#include "platform/random.h"

namespace godwit::agent {

struct SpoolTable {
  TableId id;
  std::string encoded;
};

struct NewRecord {
  std::vector<SpoolTable> tables;  // every table the batch uses
  std::string batch;
  int64_t first_unix_ns = 0;
  int64_t last_unix_ns = 0;
};

struct StoredRecord {
  RecordName name;
  std::vector<TableId> tables;
  std::string batch;
};

// What the spool knows of one run.
struct RunState {
  RunId run = 0;
  Seq last_seq = 0;  // the highest it is known to have reached, held or not
  SeqSet held;
  RunId follows_run = 0;
  Seq follows_last_seq = 0;
};

struct SpoolStats {
  uint64_t records = 0;
  ByteCount bytes = 0;
  ByteCount bound = 0;           // what the spool may hold at the moment
  uint64_t dropped_records = 0;  // for lack of room, since this start
  uint64_t foreign_segments = 0;
  ByteCount damaged_bytes = 0;  // skipped by recovery
};

// Storage-confined.
class Spool {
 public:
  // Scans what is there. Fails only when the folder cannot be made, listed or locked.
  [[nodiscard]] static StatusOr<std::unique_ptr<Spool>> Open(const SpoolOptions& options,
                                                             FileSystem& files, Random& random);

  // Appends and syncs. After an error the record is not safe, and the same record must be given
  // again before any other: it goes to a new segment under the same seq, so whatever the failed
  // write left on the disk is the same bytes under the same name.
  [[nodiscard]] StatusOr<RecordName> Append(const NewRecord& record);

  RunId run() const { return run_; }
  // Oldest first; the current run is last, also while it holds nothing.
  std::vector<RunState> Runs() const;
  // Every table that a record in the spool uses.
  std::vector<TableId> TableIds() const;
  [[nodiscard]] StatusOr<std::string> ReadTable(const TableId& id) const;

  // The next record that is not settled, in the order of runs and seqs; {} starts at the oldest.
  std::optional<RecordName> Next(std::optional<RecordName> after) const;
  [[nodiscard]] StatusOr<StoredRecord> Read(const RecordName& name) const;
  // A record whose bytes have changed on the disk: no longer held, counted as lost.
  void Forget(const RecordName& name);
  // Grows with every record that was held, not settled, and is gone.
  uint64_t losses() const { return dropped_records_ + forgotten_records_; }

  // What the collector has settled: replaces what was known, or adds to it. Then trims.
  void ReplaceSettled(const std::map<RunId, SeqSet>& settled);
  void AddSettled(RunId run, SeqRange seqs);

  SpoolStats stats() const;

 private:
  struct Segment {
    std::string path;
    SegmentHeader header;
    ByteCount bytes = 0;
    bool readable = true;
    bool foreign = false;
    std::map<Seq, EntryPlace> records;
    std::map<TableId, EntryPlace> tables;
  };
  using Segments = std::list<Segment>;  // oldest first

  Spool(const SpoolOptions& options, FileSystem& files, Random& random)
      : options_(options), files_(files), random_(random) {}

  Status Recover();
  void LoadSegment(const std::string& file_name, const SegmentName& name);
  void OrderSegments();
  Status StartSegment(ByteCount needed);
  Status MakeRoom(ByteCount needed);
  ByteCount Bound() const;
  Status AppendToActive(const NewRecord& record);
  void AbandonActive();
  void DropOldest();
  void Trim();
  bool IsSettled(const Segment& segment) const;
  bool IsSettled(RunId run, Seq seq) const;
  const Segment* Find(const RecordName& name) const;

  const SpoolOptions options_;
  FileSystem& files_;
  Random& random_;
  std::unique_ptr<FileLock> lock_;

  RunId run_ = 0;
  uint64_t run_number_ = 1;
  RunId follows_run_ = 0;
  Seq follows_last_seq_ = 0;
  Seq next_seq_ = 1;

  Segments segments_;
  std::unique_ptr<SegmentWriter> active_;  // writes segments_.back() when set
  std::map<RunId, SeqSet> settled_;
  uint64_t dropped_records_ = 0;
  uint64_t forgotten_records_ = 0;
  ByteCount damaged_bytes_ = 0;
};

}  // namespace godwit::agent
