#include "collector/store/sqlite_runs.h"

#include <algorithm>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/row_place.h"
#include "collector/store/sqlite_alerts.h"

namespace godwit::collector {

StatusOr<std::optional<StoredRun>> SqliteRuns::Find(int64_t device, RunId run_id) {
  Statement find = database_.Prepare(
      "SELECT key, run_order, follows_run, first_commit_unix_ns IS NOT NULL FROM run"
      " WHERE device = ? AND run_id = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(device).Bind(run_id).Step());
  if (!row) return std::optional<StoredRun>();
  return std::optional<StoredRun>({.key = find.Integer(0),
                                   .id = run_id,
                                   .order = find.Unsigned(1),
                                   .follows = find.Unsigned(2),
                                   .has_commits = find.Integer(3) != 0});
}

// A run stands behind the one it follows. One that follows none is the start of a new spool: it
// stands behind all that the device had before.
StatusOr<uint64_t> SqliteRuns::NextOrder(int64_t device, RunId follows) {
  if (follows != 0) {
    GODWIT_ASSIGN_OR_RETURN(const StoredRun before, Put(device, follows, 0));
    return before.order + 1;
  }
  Statement last =
      database_.Prepare("SELECT coalesce(max(run_order), 0) FROM run WHERE device = ?");
  GODWIT_RETURN_IF_ERROR(last.Bind(device).Step().status());
  return last.Unsigned(0) + 1;
}

StatusOr<StoredRun> SqliteRuns::Put(int64_t device, RunId run_id, RunId follows) {
  GODWIT_ASSIGN_OR_RETURN(std::optional<StoredRun> known, Find(device, run_id));
  if (known) {
    if (known->follows != 0 || follows == 0) return *known;
    // It was known by a record or a copy alone, and now says what it follows.
    GODWIT_RETURN_IF_ERROR(database_.Prepare("UPDATE run SET follows_run = ? WHERE key = ?")
                               .Bind(follows)
                               .Bind(known->key)
                               .Run());
    known->follows = follows;
    return *known;
  }
  GODWIT_ASSIGN_OR_RETURN(const uint64_t order, NextOrder(device, follows));
  return Insert(device, run_id, follows, order);
}

StatusOr<StoredRun> SqliteRuns::PutBefore(int64_t device, RunId run_id, const StoredRun& next) {
  GODWIT_ASSIGN_OR_RETURN(const std::optional<StoredRun> known, Find(device, run_id));
  if (known) return *known;
  return Insert(device, run_id, 0, std::max<uint64_t>(next.order, 1) - 1);
}

StatusOr<StoredRun> SqliteRuns::Insert(int64_t device, RunId run_id, RunId follows,
                                       uint64_t order) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t key, NewKey(device));
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("INSERT INTO run (key, device, run_id, follows_run, run_order)"
                   " VALUES (?, ?, ?, ?, ?)")
          .Bind(key)
          .Bind(device)
          .Bind(run_id)
          .Bind(follows)
          .Bind(order)
          .Run());
  return StoredRun{.key = key, .id = run_id, .order = order, .follows = follows};
}

StatusOr<int64_t> SqliteRuns::NewKey(int64_t device) {
  KeyRange keys;
  {
    Statement id = database_.Prepare("SELECT device_id FROM device WHERE key = ?");
    GODWIT_RETURN_IF_ERROR(id.Bind(device).Step().status());
    keys = KeysAtPlaceOf(id.Bytes(0), kRunNumberBits);
  }
  Statement last = database_.Prepare("SELECT max(key) FROM run WHERE key BETWEEN ? AND ?");
  GODWIT_RETURN_IF_ERROR(last.Bind(keys.first).Bind(keys.last).Step().status());
  const int64_t key = std::max(last.Integer(0), keys.first) + 1;
  return key <= keys.last ? StatusOr<int64_t>(key)
                          : Error(StatusCode::kResourceExhausted, "store: it has too many runs");
}

Status SqliteRuns::NoteNamed(const StoredRun& run, int64_t now_unix_ns) {
  return database_
      .Prepare(
          "UPDATE run SET named_unix_ns = ?1 WHERE key = ?2"
          " AND named_unix_ns < ?3")
      .Bind(now_unix_ns)
      .Bind(run.key)
      .Bind(now_unix_ns - absl::ToInt64Nanoseconds(kUseNotedEvery))
      .Run();
}

Status SqliteRuns::NoteUncleanEnd(const StoredRun& run) {
  return database_.Prepare("UPDATE run SET unclean_end = 1 WHERE key = ? AND unclean_end = 0")
      .Bind(run.key)
      .Run();
}

Status SqliteRuns::NoteFirstCommit(int64_t device, const StoredRun& run, int64_t now_unix_ns) {
  if (run.has_commits) return absl::OkStatus();
  GODWIT_RETURN_IF_ERROR(database_.Prepare("UPDATE run SET first_commit_unix_ns = ? WHERE key = ?")
                             .Bind(now_unix_ns)
                             .Bind(run.key)
                             .Run());
  if (run.follows == 0) return absl::OkStatus();
  RunId other = 0;
  {
    Statement find = database_.Prepare(
        "SELECT run_id FROM run WHERE device = ? AND follows_run = ? AND key <> ?"
        " AND first_commit_unix_ns IS NOT NULL LIMIT 1");
    GODWIT_ASSIGN_OR_RETURN(const bool row,
                            find.Bind(device).Bind(run.follows).Bind(run.key).Step());
    if (!row) return absl::OkStatus();
    other = find.Unsigned(0);
  }
  return SqliteAlerts(database_).Raise(
      device, "cloned",
      Cat("runs ", Hex(other), " and ", Hex(run.id), " both follow run ", Hex(run.follows),
          ": its card was copied, or an image was restored"),
      now_unix_ns);
}

}  // namespace godwit::collector
