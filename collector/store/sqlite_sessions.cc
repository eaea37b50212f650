#include "collector/store/sqlite_sessions.h"

#include "collector/limits.h"
#include "collector/store/sqlite_accounting.h"
#include "collector/store/sqlite_bounds.h"
#include "collector/store/sqlite_clocks.h"
#include "collector/store/sqlite_devices.h"
#include "collector/store/sqlite_reports.h"
#include "collector/store/sqlite_tables.h"

namespace godwit::collector {

StatusOr<SessionAnswer> SqliteSessions::Open(const SessionOpening& opening) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t device,
                          SqliteDevices(database_).Put(opening.device, opening.now_unix_ns));
  SqliteBounds bounds(database_);
  SessionAnswer answer;
  GODWIT_ASSIGN_OR_RETURN(answer.postponed, bounds.AdmitSession(device, opening));
  if (answer.postponed) return answer;
  GODWIT_RETURN_IF_ERROR(SqliteClocks(database_).NoteBoot(device, opening));
  if (opening.report) {
    GODWIT_RETURN_IF_ERROR(
        SqliteReports(database_).Note(device, *opening.report, opening.now_unix_ns));
  }
  GODWIT_ASSIGN_OR_RETURN(answer.postponed, bounds.AdmitAccount(device, opening.now_unix_ns, [&] {
    return ReconcileAll(device, opening, answer);
  }));
  if (answer.postponed) return SessionAnswer{.postponed = answer.postponed};
  GODWIT_ASSIGN_OR_RETURN(answer.unknown_tables,
                          SqliteTables(database_).Unknown(device, opening.table_ids));
  return answer;
}

// Accounts for all runs that the device names, and fills in what is settled.
Status SqliteSessions::ReconcileAll(int64_t device, const SessionOpening& opening,
                                    SessionAnswer& answer) {
  GODWIT_ASSIGN_OR_RETURN(const HeldByRun held, NoteRuns(device, opening));
  SqliteAccounting accounting(database_);
  for (const QuarantinedRecords& copies : opening.quarantined) {
    GODWIT_RETURN_IF_ERROR(accounting.SettleRejected(device, copies, opening.now_unix_ns));
  }
  size_t ranges_left = kSessionRangesMax;
  for (const HeldRun& reported : opening.runs) {
    GODWIT_ASSIGN_OR_RETURN(const StoredRun run, Reconcile(device, reported, held, opening));
    GODWIT_ASSIGN_OR_RETURN(const SeqSet forgettable,
                            accounting.Forgettable(run, reported.held, opening.quarantined));
    for (const SeqRange& range : forgettable.Ranges()) {
      if (ranges_left == 0) break;
      answer.settled[reported.run].Add(range);
      --ranges_left;
    }
  }
  return absl::OkStatus();
}

// In their order, and before anything else names them: a run's place is that of its first mention.
StatusOr<SqliteSessions::HeldByRun> SqliteSessions::NoteRuns(int64_t device,
                                                             const SessionOpening& opening) {
  SqliteRuns runs(database_);
  HeldByRun held;
  for (const HeldRun& reported : opening.runs) {
    GODWIT_ASSIGN_OR_RETURN(const StoredRun run,
                            runs.Put(device, reported.run, reported.follows_run));
    GODWIT_RETURN_IF_ERROR(runs.NoteNamed(run, opening.now_unix_ns));
    held[reported.run] = &reported.held;
  }
  return held;
}

// The run that the device reports, and the one that it follows.
StatusOr<StoredRun> SqliteSessions::Reconcile(int64_t device, const HeldRun& reported,
                                              const HeldByRun& held,
                                              const SessionOpening& opening) {
  SqliteRuns runs(database_);
  SqliteAccounting accounting(database_);
  GODWIT_ASSIGN_OR_RETURN(const StoredRun run,
                          runs.Put(device, reported.run, reported.follows_run));
  GODWIT_RETURN_IF_ERROR(accounting.Reconcile(run, reported.last_seq, reported.held, opening));
  if (reported.unclean_end) GODWIT_RETURN_IF_ERROR(runs.NoteUncleanEnd(run));
  if (reported.follows_run != 0) {
    GODWIT_ASSIGN_OR_RETURN(const StoredRun before,
                            runs.PutBefore(device, reported.follows_run, run));
    GODWIT_RETURN_IF_ERROR(runs.NoteNamed(before, opening.now_unix_ns));
    const auto still_held = held.find(reported.follows_run);
    GODWIT_RETURN_IF_ERROR(
        accounting.Reconcile(before, reported.follows_last_seq,
                             still_held == held.end() ? SeqSet() : *still_held->second, opening));
  }
  return run;
}

}  // namespace godwit::collector
