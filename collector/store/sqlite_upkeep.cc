// What is done in the background: filling in what an upgrade left open, and dropping what nothing
// uses any more.
#include <map>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/record_bytes.h"
#include "collector/store/sqlite_store.h"

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

Status SqliteStore::NoteNamed(const Run& run, int64_t now_unix_ns) {
  return database_
      ->Prepare(
          "UPDATE run SET named_unix_ns = ?1 WHERE key = ?2"
          " AND named_unix_ns < ?3")
      .Bind(now_unix_ns)
      .Bind(run.key)
      .Bind(now_unix_ns - absl::ToInt64Nanoseconds(kUseNotedEvery))
      .Run();
}

Status SqliteStore::NoteSeen(int64_t device, const TableId& table, int64_t now_unix_ns) {
  return database_
      ->Prepare(
          "UPDATE device_table SET seen_unix_ns = ?1 WHERE device = ?2 AND table_id = ?3"
          " AND seen_unix_ns < ?4")
      .Bind(now_unix_ns)
      .Bind(device)
      .BindBlob(table)
      .Bind(now_unix_ns - absl::ToInt64Nanoseconds(kUseNotedEvery))
      .Run();
}

StatusOr<bool> SqliteStore::FillIn() {
  Transaction transaction(*database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  int64_t done = 0;
  int64_t last = 0;
  {
    Statement find = database_->Prepare("SELECT done, last FROM background WHERE what = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindText(kRecordBytesFill).Step());
    if (!row) return false;
    done = find.Integer(0);
    last = find.Integer(1);
  }
  std::map<int64_t, int64_t> bytes;  // by device
  bool more = false;
  {
    Statement rows = database_->Prepare("SELECT key, device, " GODWIT_RECORD_BYTES
                                        " FROM record WHERE key > ? AND key <= ?"
                                        " ORDER BY key LIMIT ?");
    rows.Bind(done).Bind(last).Bind(uint64_t{kFillInRecords});
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(more, rows.Step());
      if (!more) break;
      done = rows.Integer(0);
      bytes[rows.Integer(1)] += rows.Integer(2);
    }
  }
  more = !bytes.empty();
  for (const auto& [device, count] : bytes) {
    GODWIT_RETURN_IF_ERROR(
        database_->Prepare("UPDATE device SET record_bytes = record_bytes + ? WHERE key = ?")
            .Bind(count)
            .Bind(device)
            .Run());
  }
  GODWIT_RETURN_IF_ERROR(database_
                             ->Prepare(more ? "UPDATE background SET done = ? WHERE what = ?"
                                            : "DELETE FROM background WHERE done <= ? AND what = ?")
                             .Bind(done)
                             .BindText(kRecordBytesFill)
                             .Run());
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  Checkpoint();
  return more;
}

StatusOr<std::optional<int64_t>> SqliteStore::Tidy(int64_t after, absl::Duration keep,
                                                   int64_t now_unix_ns) {
  Transaction transaction(*database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  int64_t device = 0;
  int64_t opened = 0;
  int64_t seen = 0;
  {
    Statement next = database_->Prepare(
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
      database_->Prepare("UPDATE run SET named_unix_ns = ? WHERE device = ? AND named_unix_ns = 0")
          .Bind(now_unix_ns)
          .Bind(device)
          .Run());
  GODWIT_RETURN_IF_ERROR(
      database_
          ->Prepare(
              "UPDATE device_table SET seen_unix_ns = ? WHERE device = ? AND seen_unix_ns = 0")
          .Bind(now_unix_ns)
          .Bind(device)
          .Run());
  GODWIT_RETURN_IF_ERROR(ForgetRuns(device, opened - keep_ns));
  GODWIT_ASSIGN_OR_RETURN(const auto more_runs,
                          ForgottenRuns(*database_, device, opened - keep_ns, 1));
  GODWIT_ASSIGN_OR_RETURN(const bool may_forget, MayForget(device, now_unix_ns - keep_ns));
  if (may_forget) {
    GODWIT_RETURN_IF_ERROR(ForgetTables(device, now_unix_ns - keep_ns));
    GODWIT_RETURN_IF_ERROR(ForgetBoots(device, now_unix_ns - keep_ns));
  }
  if (seen < now_unix_ns - keep_ns) {
    GODWIT_RETURN_IF_ERROR(database_
                               ->Prepare("DELETE FROM report WHERE device = ?1 AND NOT EXISTS"
                                         " (SELECT 1 FROM record WHERE record.device = ?1)")
                               .Bind(device)
                               .Run());
  }
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  Checkpoint();
  return std::optional<int64_t>(more_runs.empty() ? device : after);
}

// Whether there are old tables or boots, and so few records that all of them can be checked for
// uses without keeping a commit waiting.
StatusOr<bool> SqliteStore::MayForget(int64_t device, int64_t before_unix_ns) {
  {
    Statement old = database_->Prepare(
        "SELECT 1 FROM device_table WHERE device = ?1 AND seen_unix_ns < ?2 UNION ALL"
        " SELECT 1 FROM boot WHERE device = ?1 AND superseded_unix_ns < ?2 LIMIT 1");
    GODWIT_ASSIGN_OR_RETURN(const bool any, old.Bind(device).Bind(before_unix_ns).Step());
    if (!any) return false;
  }
  Statement count =
      database_->Prepare("SELECT count(*) FROM (SELECT 1 FROM record WHERE device = ? LIMIT ?)");
  GODWIT_RETURN_IF_ERROR(count.Bind(device).Bind(uint64_t{kTidyRecordsMax + 1}).Step().status());
  return count.Unsigned(0) <= kTidyRecordsMax;
}

Status SqliteStore::ForgetTables(int64_t device, int64_t before_unix_ns) {
  GODWIT_RETURN_IF_ERROR(
      database_
          ->Prepare("DELETE FROM device_table WHERE device = ?1 AND seen_unix_ns < ?2"
                    " AND table_id NOT IN (SELECT block.table_id FROM record"
                    " JOIN block ON block.record = record.key WHERE record.device = ?1)")
          .Bind(device)
          .Bind(before_unix_ns)
          .Run());
  return database_
      ->Prepare(
          "DELETE FROM series_table WHERE NOT EXISTS"
          " (SELECT 1 FROM device_table WHERE device_table.table_id = series_table.table_id)")
      .Run();
}

Status SqliteStore::ForgetBoots(int64_t device, int64_t before_unix_ns) {
  return database_
      ->Prepare(
          "DELETE FROM boot WHERE device = ?1 AND superseded_unix_ns < ?2"
          " AND key NOT IN (SELECT boot FROM record WHERE device = ?1 AND boot IS NOT NULL)")
      .Bind(device)
      .Bind(before_unix_ns)
      .Run();
}

// With their books.
Status SqliteStore::ForgetRuns(int64_t device, int64_t before_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const auto runs,
                          ForgottenRuns(*database_, device, before_unix_ns, kTidyRunsMax));
  for (const int64_t run : runs) {
    for (const char* sql :
         {"DELETE FROM settled WHERE run = ?", "DELETE FROM gap WHERE run = ?",
          "DELETE FROM rejected WHERE run = ?", "DELETE FROM run WHERE key = ?"}) {
      GODWIT_RETURN_IF_ERROR(database_->Prepare(sql).Bind(run).Run());
    }
  }
  return absl::OkStatus();
}

}  // namespace godwit::collector
