// What a person must look at: conflicts, cloned devices, shared identities, rejected records.
#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/sqlite_store.h"

namespace godwit::collector {

Status SqliteStore::RaiseAlert(int64_t device, std::string_view kind, std::string_view detail,
                               int64_t now_unix_ns) {
  return database_
      ->Prepare(
          "INSERT INTO alert (device, kind, detail, first_unix_ns, last_unix_ns, count)"
          " VALUES (?1, ?2, ?3, ?4, ?4, 1) ON CONFLICT (device, kind) DO UPDATE SET"
          " detail = excluded.detail, last_unix_ns = excluded.last_unix_ns,"
          " count = count + 1")
      .Bind(device)
      .BindText(kind)
      .BindText(detail.substr(0, kAlertDetailBytesMax))
      .Bind(now_unix_ns)
      .Run();
}

// Two runs, each with a committed record, that follow the same run: its spool was copied.
Status SqliteStore::NoteFirstCommit(int64_t device, const Run& run, int64_t now_unix_ns) {
  if (run.has_commits) return absl::OkStatus();
  GODWIT_RETURN_IF_ERROR(database_->Prepare("UPDATE run SET first_commit_unix_ns = ? WHERE key = ?")
                             .Bind(now_unix_ns)
                             .Bind(run.key)
                             .Run());
  if (run.follows == 0) return absl::OkStatus();
  RunId other = 0;
  {
    Statement find = database_->Prepare(
        "SELECT run_id FROM run WHERE device = ? AND follows_run = ? AND key <> ?"
        " AND first_commit_unix_ns IS NOT NULL LIMIT 1");
    GODWIT_ASSIGN_OR_RETURN(const bool row,
                            find.Bind(device).Bind(run.follows).Bind(run.key).Step());
    if (!row) return absl::OkStatus();
    other = find.Unsigned(0);
  }
  return RaiseAlert(device, "cloned",
                    Cat("runs ", Hex(other), " and ", Hex(run.id), " both follow run ",
                        Hex(run.follows), ": its card was copied, or an image put back"),
                    now_unix_ns);
}

}  // namespace godwit::collector
