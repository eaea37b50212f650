#include "collector/store/sqlite_retention.h"

#include <vector>

#include "collector/store/sqlite_heads.h"
#include "collector/store/sqlite_record_rows.h"

namespace godwit::collector {

// The age below which records go; nothing when all may stay.
StatusOr<std::optional<int64_t>> SqliteRetention::OldestOver(const Retention& retention,
                                                             int64_t now_unix_ns) {
  if (retention.bytes > 0) {
    // What it cannot free does not count: tables of series, for one, would take everybody's records
    // away.
    Statement records = database_.Prepare("SELECT coalesce(sum(record_bytes), 0) FROM device");
    GODWIT_RETURN_IF_ERROR(records.Step().status());
    if (records.Unsigned(0) > retention.bytes) return std::optional<int64_t>(now_unix_ns);
  }
  if (retention.age <= absl::ZeroDuration()) return std::optional<int64_t>();
  return std::optional<int64_t>(now_unix_ns - absl::ToInt64Nanoseconds(retention.age));
}

StatusOr<size_t> SqliteRetention::Prune(const Retention& retention, size_t records,
                                        int64_t now_unix_ns) {
  // Also where nothing is due: so a store that is taken away is noticed while nobody writes.
  if (!database_.MayWrite().ok()) return size_t{0};
  GODWIT_ASSIGN_OR_RETURN(const auto before, OldestOver(retention, now_unix_ns));
  if (!before) return size_t{0};
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  std::vector<int64_t> oldest;
  {
    Statement rows = database_.Prepare(
        "SELECT key FROM record WHERE age_unix_ns < ? ORDER BY age_unix_ns LIMIT ?");
    rows.Bind(*before).Bind(uint64_t{records});
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
      if (!more) break;
      oldest.push_back(rows.Integer(0));
    }
  }
  for (const int64_t key : oldest) {
    GODWIT_RETURN_IF_ERROR(SqliteHeads(database_).Remove(key));
    GODWIT_RETURN_IF_ERROR(SqliteRecordRows(database_).Delete(key));
  }
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  database_.Checkpoint();
  return oldest.size();
}

}  // namespace godwit::collector
