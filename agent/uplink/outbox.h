// The uplink's view of the spool: asks on storage, answers on loop.
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

// What the spool holds, for OpenSession.
struct SpoolInventory {
  std::vector<RunState> runs;
  std::vector<TableId> table_ids;
  std::vector<Loss> losses;  // that the collector has not been told of
  // Rejected records of which copies stand aside.
  std::vector<RecordName> rejected_and_held;
  std::vector<RecordName> rejected_and_gone;
  std::vector<RecordName> rejected_and_unread;  // the disk does not read the copies now
  SpoolStats stats;
  uint64_t spool_changes = 0;
};

// The next record to send, with the tables that must go in front of it.
struct NextRecord {
  RecordName name;
  std::vector<v1::Table> tables;
  v1::Record record;
};
// What was copied aside, and why the rest was not.
struct QuarantineAnswer {
  std::vector<RecordName> copied;
  Status status;
};
struct ReadAnswer {
  std::optional<NextRecord> next;
  bool more = true;  // another may be behind it
  // One in front of it, or the copy that was asked for, could not be read now, but may be later.
  bool skipped = false;
  std::optional<SpoolStats> stats;  // by then, if they were wanted: they look at every run
  uint64_t spool_changes = 0;       // by then
};

// Loop-confined; the spool it borrows is storage-confined. Answers do not come after its
// destruction.
class Outbox {
 public:
  Outbox(Spool& spool, Executor& storage, Executor& loop);
  ~Outbox();

  void TakeInventory(std::function<void(SpoolInventory)> done);
  // What a reader has, and wants besides the record.
  struct ReadOptions {
    std::set<TableId> known;  // tables that are left out
    std::set<RecordName> passed_over;
    bool stats = false;
  };
  // The first unsettled record behind `after`; none when there is none.
  void ReadNext(std::optional<RecordName> after, ReadOptions options,
                std::function<void(ReadAnswer)> done);
  // The newest unsettled record; one that is to be passed over only if there is no other.
  void ReadNewest(ReadOptions options, std::function<void(ReadAnswer)> done);
  // That record, settled or not; none when it is gone.
  void ReadNamed(const RecordName& name, ReadOptions options, std::function<void(ReadAnswer)> done);
  // A copy that stands aside, as a record to be sent.
  void ReadQuarantined(const RecordName& name, ReadOptions options,
                       std::function<void(ReadAnswer)> done);
  void CopyToQuarantine(std::vector<RecordName> names, QuarantineKind kind,
                        std::function<void(QuarantineAnswer)> done);
  void DropQuarantined(const RecordName& name);
  // `reported` is what the OpenSession request reported as held.
  void ReplaceSettled(std::map<RunId, SeqSet> settled, std::map<RunId, SeqSet> reported);
  void AddSettled(RunId run, SeqRange seqs);
  void ConfirmReported(std::vector<Loss> losses);

 private:
  // Asks `read` on storage, answers on loop. It never touches the outbox itself.
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
