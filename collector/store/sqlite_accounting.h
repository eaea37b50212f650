// The accounting of the store: which sequence numbers of a run are settled, and which of them are
// gaps or rejected.
#pragma once

#include <cstdint>
#include <vector>

#include "base/seq_set.h"
#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"
#include "collector/store/sqlite_runs.h"

namespace godwit::collector {

// Accounts for records. Writer-confined; each call is part of its caller's transaction.
class SqliteAccounting {
 public:
  explicit SqliteAccounting(Database& database) : database_(database) {}

  // Accounts for every sequence number of the run up to `last_seq`: what is neither held nor
  // settled becomes a gap.
  [[nodiscard]] Status Reconcile(const StoredRun& run, Seq last_seq, const SeqSet& held,
                                 const SessionOpening& opening);
  // Returns what a device may forget of what it holds: settled, no gap, and not rejected unless it
  // has reported a copy. A gap that names a record that the device has after all is not reported as
  // settled: the record is wanted, and heals the gap. So is a rejected record of which this device
  // (restored from an image, say) has no copy.
  [[nodiscard]] StatusOr<SeqSet> Forgettable(const StoredRun& run, const SeqSet& held,
                                             const std::vector<QuarantinedRecords>& copies);
  // Returns the settled ranges that overlap the given one, in full.
  [[nodiscard]] StatusOr<SeqSet> SettledWithin(const StoredRun& run, SeqRange seqs);
  [[nodiscard]] Status Settle(const StoredRun& run, SeqRange seqs);
  // Settles rejected records, because the device keeps copies of them: it may forget the originals.
  [[nodiscard]] Status SettleRejected(int64_t device, const QuarantinedRecords& copies,
                                      int64_t now_unix_ns);
  // Handles a record that arrives late: removes it from the gap that named it, or from the rejected
  // ones. kNotFound: it is in neither.
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
