// Stores the deliveries of devices: checked against their tables, under their names, with commit
// numbers.
#pragma once

#include <cstdint>
#include <optional>

#include "collector/store/record_store.h"
#include "collector/store/sqlite.h"
#include "collector/store/sqlite_heads.h"
#include "collector/store/sqlite_runs.h"

namespace godwit::collector {

// Writer-confined; each call is part of its caller's transaction.
class SqliteRecords {
 public:
  explicit SqliteRecords(Database& database) : database_(database) {}

  // Commits a delivery. kNotFound: no session of that device was opened.
  [[nodiscard]] StatusOr<Outcome> Commit(const Delivery& delivery, int64_t now_unix_ns);

 private:
  StatusOr<std::optional<Postponement>> Admit(int64_t device, const Delivery& delivery,
                                              int64_t now_unix_ns);
  StatusOr<std::optional<uint64_t>> StoredChecksum(int64_t run, Seq seq);
  StatusOr<std::optional<Outcome>> KnownOutcome(int64_t device, const StoredRun& run,
                                                const IncomingRecord& record, int64_t now_unix_ns);
  StatusOr<Outcome> StoreRecord(int64_t device, const IncomingRecord& record, int64_t now_unix_ns);
  StatusOr<StoredAs> Insert(int64_t device, const StoredRun& run, const IncomingRecord& record,
                            int64_t now_unix_ns);

  Database& database_;
};

}  // namespace godwit::collector
