// The uplink's view of the spool: reads on storage, answers on the loop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "agent/spool/spool.h"
#include "base/alive.h"
#include "platform/executor.h"
#include "proto/godwit/v1/device.pb.h"

namespace godwit::agent {

// The contents of the spool, for OpenSession.
struct SpoolInventory {
  std::vector<RunState> runs;
  std::vector<TableId> table_ids;
  std::vector<Loss> losses;  // that have not been reported to the collector
  // Rejected records with copies in quarantine.
  std::vector<RecordName> rejected_and_held;
  std::vector<RecordName> rejected_and_gone;
  std::vector<RecordName> rejected_and_unread;  // the disk does not read the copies now
  SpoolStats stats;
  uint64_t spool_changes = 0;
};

// The next record to send, with the tables that must precede it.
struct NextRecord {
  RecordName name;
  std::vector<v1::Table> tables;
  v1::Record record;
};
// The records that were copied to quarantine, and why the others were not.
struct QuarantineAnswer {
  std::vector<RecordName> copied;
  Status status;
};
struct ReadAnswer {
  std::optional<NextRecord> next;
  bool more = true;  // another may be behind it
  // A record before it, or the copy that was asked for, could not be read now, but may be later.
  bool skipped = false;
  std::optional<SpoolStats> stats;  // by then, if wanted: they read every run
  uint64_t spool_changes = 0;       // by then
};

// Reads and settles records of the spool. Loop-confined; the spool it borrows is storage-confined.
// Answers do not come after its destruction.
class Outbox {
 public:
  Outbox(Spool& spool, Executor& storage, Executor& loop);
  ~Outbox();

  void TakeInventory(std::function<void(SpoolInventory)> done);
  // The tables that a reader has, and what it wants besides the record.
  struct ReadOptions {
    std::set<TableId> known;  // tables that are left out
    std::set<RecordName> passed_over;
    bool stats = false;
  };
  // Reads the first unsettled record after `after`; none if there is none.
  void ReadNext(std::optional<RecordName> after, ReadOptions options,
                std::function<void(ReadAnswer)> done);
  // Reads the newest unsettled record; one of options.passed_over only if there is no other.
  void ReadNewest(ReadOptions options, std::function<void(ReadAnswer)> done);
  // Reads that record, settled or not; none if it is gone.
  void ReadNamed(const RecordName& name, ReadOptions options, std::function<void(ReadAnswer)> done);
  // Reads a quarantined copy as a record to send.
  void ReadQuarantined(const RecordName& name, ReadOptions options,
                       std::function<void(ReadAnswer)> done);
  void CopyToQuarantine(std::vector<RecordName> names, QuarantineKind kind,
                        std::function<void(QuarantineAnswer)> done);
  void DropQuarantined(const RecordName& name);
  // Replaces what is settled. `reported` is what the OpenSession request reported as held.
  void ReplaceSettled(std::map<RunId, SeqSet> settled, std::map<RunId, SeqSet> reported);
  void AddSettled(RunId run, SeqRange seqs);
  void ConfirmReported(std::vector<Loss> losses);

 private:
  // Runs `read` on storage and answers on the loop. `read` never touches the outbox itself.
  using Reading = std::function<void(Spool&, const ReadOptions& options, ReadAnswer& answer)>;
  void Ask(ReadOptions options, Reading read, std::function<void(ReadAnswer)> done);
  static void Read(Spool& spool, std::optional<RecordName> after, const ReadOptions& options,
                   ReadAnswer& answer);
  static StatusOr<NextRecord> ReadOne(Spool& spool, const RecordName& name,
                                      const std::set<TableId>& known);
  static StatusOr<NextRecord> ReadCopy(Spool& spool, const RecordName& name,
                                       const std::set<TableId>& known);
  static bool MayBeReadLater(const Status& status);

  Spool& spool_;
  Executor& storage_;
  Executor& loop_;
  Alive alive_;
};

}  // namespace godwit::agent
