// The accounting of the store: which seqs of a run are settled, and which of them are gaps or
// rejected.
#pragma once

#include <cstdint>
#include <vector>

#include "base/seq_set.h"
#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"
#include "collector/store/sqlite_runs.h"

namespace godwit::collector {

// Writer-confined; each call is part of its caller's transaction.
class SqliteAccounting {
 public:
  explicit SqliteAccounting(Database& database) : database_(database) {}

  // Accounts for every seq of the run up to `last_seq`: what is neither held nor settled is a gap.
  [[nodiscard]] Status Reconcile(const StoredRun& run, Seq last_seq, const SeqSet& held,
                                 const SessionOpening& opening);
  // What a device may forget of what it holds: settled, no gap, and not rejected unless it says
  // that it has a copy. A gap that names what a device has after all is not reported as settled:
  // the record is wanted, and heals it. So is a rejected one of which this device (restored from an
  // image, say) has no copy.
  [[nodiscard]] StatusOr<SeqSet> Forgettable(const StoredRun& run, const SeqSet& held,
                                             const std::vector<QuarantinedRecords>& copies);
  // The settled ranges that overlap `seqs`, in full.
  [[nodiscard]] StatusOr<SeqSet> SettledWithin(const StoredRun& run, SeqRange seqs);
  [[nodiscard]] Status Settle(const StoredRun& run, SeqRange seqs);
  // The device keeps a copy of what was rejected: it may forget the original.
  [[nodiscard]] Status SettleRejected(int64_t device, const QuarantinedRecords& copies,
                                      int64_t now_unix_ns);
  // A record arrives late: its seq leaves the gap that named it, or the rejected ones. kNotFound:
  // it is in neither.
  [[nodiscard]] Status HealGap(const StoredRun& run, Seq seq);

 private:
  Status LoseRejected(const StoredRun& run, const ReportedLoss& loss, const SeqSet& held,
                      const SessionOpening& opening);
  Status AddGap(const StoredRun& run, const ExplainedGap& gap, int64_t noted_unix_ns);
  StatusOr<SeqSet> GapsWithin(const StoredRun& run, SeqRange seqs);
  StatusOr<Seq> LastSettled(const StoredRun& run);
  Status TakeBackRejection(const StoredRun& run, Seq seq);

  Database& database_;
};

}  // namespace godwit::collector
