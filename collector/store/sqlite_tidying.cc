#include "collector/store/sqlite_tidying.h"

#include <vector>

#include "collector/limits.h"
#include "collector/store/sqlite_series_count.h"

namespace godwit::collector {
namespace {

// Runs of a device that no record is stored of, and that its sessions have not named since then.
// The newest is none of them: what comes later stands behind it.
StatusOr<std::vector<int64_t>> ForgottenRuns(Database& database, int64_t device,
                                             int64_t before_unix_ns, size_t limit) {
  std::vector<int64_t> runs;
  Statement rows = database.Prepare(
      "SELECT key FROM run WHERE device = ?1 AND named_unix_ns < ?2 AND NOT EXISTS"
      " (SELECT 1 FROM record WHERE record.run = run.key) AND run_order <"
      " (SELECT max(run_order) FROM run WHERE device = ?1) LIMIT ?3");
  rows.Bind(device).Bind(before_unix_ns).Bind(uint64_t{limit});
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return runs;
    runs.push_back(rows.Integer(0));
  }
}

}  // namespace

StatusOr<std::optional<int64_t>> SqliteTidying::Tidy(int64_t after, absl::Duration keep,
                                                     int64_t now_unix_ns) {
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  int64_t device = 0;
  int64_t opened = 0;
  int64_t seen = 0;
  {
    Statement next = database_.Prepare(
        "SELECT key, opened_unix_ns, last_seen_unix_ns FROM device WHERE key > ?"
        " ORDER BY key LIMIT 1");
    GODWIT_ASSIGN_OR_RETURN(const bool row, next.Bind(after).Step());
    if (!row) return std::optional<int64_t>();
    device = next.Integer(0);
    opened = next.Integer(1);
    seen = next.Integer(2);
  }
  const int64_t keep_ns = absl::ToInt64Nanoseconds(keep);
  // Of what an older version did not note, the time counts from now.
  GODWIT_RETURN_IF_ERROR(
      database_.Prepare("UPDATE run SET named_unix_ns = ? WHERE device = ? AND named_unix_ns = 0")
          .Bind(now_unix_ns)
          .Bind(device)
          .Run());
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("UPDATE device_table SET seen_unix_ns = ? WHERE device = ? AND seen_unix_ns = 0")
          .Bind(now_unix_ns)
          .Bind(device)
          .Run());
  GODWIT_RETURN_IF_ERROR(ForgetRuns(device, opened - keep_ns));
  GODWIT_ASSIGN_OR_RETURN(const auto more_runs,
                          ForgottenRuns(database_, device, opened - keep_ns, 1));
  GODWIT_ASSIGN_OR_RETURN(const bool may_forget, MayForget(device, now_unix_ns - keep_ns));
  if (may_forget) {
    GODWIT_RETURN_IF_ERROR(ForgetTables(device, now_unix_ns - keep_ns));
    GODWIT_RETURN_IF_ERROR(ForgetBoots(device, now_unix_ns - keep_ns));
  }
  if (seen < now_unix_ns - keep_ns) GODWIT_RETURN_IF_ERROR(ForgetReport(device));
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  database_.Checkpoint();
  return std::optional<int64_t>(more_runs.empty() ? device : after);
}

// Whether there are old tables or boots, and so few records that all of them can be checked for
// uses without keeping a commit waiting.
StatusOr<bool> SqliteTidying::MayForget(int64_t device, int64_t before_unix_ns) {
  {
    Statement old = database_.Prepare(
        "SELECT 1 FROM device_table WHERE device = ?1 AND seen_unix_ns < ?2 UNION ALL"
        " SELECT 1 FROM boot WHERE device = ?1 AND superseded_unix_ns < ?2 LIMIT 1");
    GODWIT_ASSIGN_OR_RETURN(const bool any, old.Bind(device).Bind(before_unix_ns).Step());
    if (!any) return false;
  }
  Statement count =
      database_.Prepare("SELECT count(*) FROM (SELECT 1 FROM record WHERE device = ? LIMIT ?)");
  GODWIT_RETURN_IF_ERROR(count.Bind(device).Bind(uint64_t{kTidyRecordsMax + 1}).Step().status());
  return count.Unsigned(0) <= kTidyRecordsMax;
}

Status SqliteTidying::ForgetTables(int64_t device, int64_t before_unix_ns) {
  GODWIT_RETURN_IF_ERROR(SqliteSeriesCount(database_).Forget(device));
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("DELETE FROM device_table WHERE device = ?1 AND seen_unix_ns < ?2"
                   " AND table_id NOT IN (SELECT block.table_id FROM record"
                   " JOIN block ON block.record = record.key WHERE record.device = ?1)")
          .Bind(device)
          .Bind(before_unix_ns)
          .Run());
  return database_
      .Prepare(
          "DELETE FROM series_table WHERE NOT EXISTS"
          " (SELECT 1 FROM device_table WHERE device_table.table_id = series_table.table_id)")
      .Run();
}

Status SqliteTidying::ForgetBoots(int64_t device, int64_t before_unix_ns) {
  return database_
      .Prepare(
          "DELETE FROM boot WHERE device = ?1 AND superseded_unix_ns < ?2"
          " AND key NOT IN (SELECT boot FROM record WHERE device = ?1 AND boot IS NOT NULL)")
      .Bind(device)
      .Bind(before_unix_ns)
      .Run();
}

// Unless a record of the device is stored.
Status SqliteTidying::ForgetReport(int64_t device) {
  for (const char* sql : {"DELETE FROM report WHERE device = ?1 AND NOT EXISTS"
                          " (SELECT 1 FROM record WHERE record.device = ?1)",
                          "UPDATE device SET reported_unix_ns = NULL WHERE key = ?1 AND NOT EXISTS"
                          " (SELECT 1 FROM record WHERE record.device = ?1)"}) {
    GODWIT_RETURN_IF_ERROR(database_.Prepare(sql).Bind(device).Run());
  }
  return absl::OkStatus();
}

// Removes forgotten runs with their accounting.
Status SqliteTidying::ForgetRuns(int64_t device, int64_t before_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const auto runs,
                          ForgottenRuns(database_, device, before_unix_ns, kTidyRunsMax));
  for (const int64_t run : runs) {
    for (const char* sql :
         {"DELETE FROM settled WHERE run = ?", "DELETE FROM gap WHERE run = ?",
          "DELETE FROM rejected WHERE run = ?", "DELETE FROM run WHERE key = ?"}) {
      GODWIT_RETURN_IF_ERROR(database_.Prepare(sql).Bind(run).Run());
    }
  }
  return absl::OkStatus();
}

}  // namespace godwit::collector
