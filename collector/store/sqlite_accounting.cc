#include "collector/store/sqlite_accounting.h"

#include <algorithm>
#include <limits>
#include <string>

#include "base/text.h"
#include "collector/store/sqlite_alerts.h"

namespace godwit::collector {

// A rejected record that its device had to drop before there was room for a copy of it exists no
// more: the loss takes the place of the rejection.
Status SqliteAccounting::LoseRejected(const StoredRun& run, const ReportedLoss& loss,
                                      const SeqSet& held, const SessionOpening& opening) {
  std::vector<Seq> lost;
  {
    Statement rejected = database_.Prepare(
        "SELECT seq FROM rejected WHERE run = ? AND seq BETWEEN ? AND ? ORDER BY seq");
    rejected.Bind(run.key).Bind(loss.seqs.first).Bind(loss.seqs.last);
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, rejected.Step());
      if (!more) break;
      const Seq seq = rejected.Unsigned(0);
      if (!held.Contains(seq) && !HasCopy(opening, {run.id, seq})) lost.push_back(seq);
    }
  }
  for (const Seq seq : lost) {
    GODWIT_RETURN_IF_ERROR(TakeBackRejection(run, seq));
    GODWIT_RETURN_IF_ERROR(AddGap(run, {{seq, seq}, loss.reason}, opening.now_unix_ns));
  }
  return absl::OkStatus();
}

Status SqliteAccounting::AddGap(const StoredRun& run, const ExplainedGap& gap,
                                int64_t noted_unix_ns) {
  return database_
      .Prepare(
          "INSERT INTO gap (run, first_seq, last_seq, reason, noted_unix_ns)"
          " VALUES (?, ?, ?, ?, ?)")
      .Bind(run.key)
      .Bind(gap.seqs.first)
      .Bind(gap.seqs.last)
      .BindText(gap.reason)
      .Bind(noted_unix_ns)
      .Run();
}

Status SqliteAccounting::Reconcile(const StoredRun& run, Seq last_seq, const SeqSet& held,
                                   const SessionOpening& opening) {
  std::vector<ReportedLoss> losses;
  for (const ReportedLoss& loss : opening.losses) {
    if (loss.run == run.id) losses.push_back(loss);
  }
  for (const ReportedLoss& loss : losses) {
    GODWIT_RETURN_IF_ERROR(LoseRejected(run, loss, held, opening));
  }
  // A run that is over got at least as far as what is stored of it, whatever its damaged spool
  // still knows: records go out of memory, too. Of the run in progress, some may be under way.
  const bool over = run.id != opening.runs.back().run;
  if (over) {
    GODWIT_ASSIGN_OR_RETURN(const Seq last_settled, LastSettled(run));
    last_seq = std::max(last_seq, last_settled);
  }
  GODWIT_ASSIGN_OR_RETURN(SeqSet accounted, SettledWithin(run, {1, last_seq}));
  for (const SeqRange& range : held.Ranges()) accounted.Add(range);
  for (const SeqRange& missing : accounted.Missing({1, last_seq})) {
    for (const ExplainedGap& gap : Explain(run.id, missing, losses)) {
      GODWIT_RETURN_IF_ERROR(AddGap(run, gap, opening.now_unix_ns));
    }
    GODWIT_RETURN_IF_ERROR(Settle(run, missing));
  }
  return absl::OkStatus();
}

StatusOr<SeqSet> SqliteAccounting::Forgettable(const StoredRun& run, const SeqSet& held,
                                               const std::vector<QuarantinedRecords>& copies) {
  if (held.empty()) return SeqSet();
  const std::vector<SeqRange> ranges = held.Ranges();
  const SeqRange hull{ranges.front().first, ranges.back().last};
  GODWIT_ASSIGN_OR_RETURN(SeqSet forgettable, SettledWithin(run, hull));
  GODWIT_ASSIGN_OR_RETURN(const SeqSet gaps, GapsWithin(run, hull));
  for (const SeqRange& gap : gaps.Ranges()) forgettable.Remove(gap);
  {
    Statement rejected =
        database_.Prepare("SELECT seq FROM rejected WHERE run = ? AND seq BETWEEN ? AND ?");
    rejected.Bind(run.key).Bind(hull.first).Bind(hull.last);
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, rejected.Step());
      if (!more) break;
      forgettable.Remove({rejected.Unsigned(0), rejected.Unsigned(0)});
    }
  }
  for (const QuarantinedRecords& copy : copies) {
    if (copy.run == run.id) forgettable.Add(copy.seqs);
  }
  for (const SeqRange& other : held.Missing({1, std::numeric_limits<Seq>::max()})) {
    forgettable.Remove(other);
  }
  return forgettable;
}

// The ranges do not overlap each other. The first may begin before the requested one.
StatusOr<SeqSet> SqliteAccounting::SettledWithin(const StoredRun& run, SeqRange seqs) {
  SeqSet settled;
  Statement ranges = database_.Prepare(
      "SELECT first_seq, last_seq FROM settled WHERE run = ?1 AND first_seq <= ?3"
      " AND first_seq >= coalesce((SELECT max(first_seq) FROM settled"
      " WHERE run = ?1 AND first_seq <= ?2), ?2) AND last_seq >= ?2");
  ranges.Bind(run.key).Bind(seqs.first).Bind(seqs.last);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, ranges.Step());
    if (!more) return settled;
    settled.Add(SeqRange{ranges.Unsigned(0), ranges.Unsigned(1)});
  }
}

// 0: none is.
StatusOr<Seq> SqliteAccounting::LastSettled(const StoredRun& run) {
  Statement last = database_.Prepare(
      "SELECT last_seq FROM settled WHERE run = ? ORDER BY first_seq DESC LIMIT 1");
  GODWIT_ASSIGN_OR_RETURN(const bool row, last.Bind(run.key).Step());
  return row ? last.Unsigned(0) : 0;
}

// The range it becomes part of takes the place of those that it overlaps or touches.
Status SqliteAccounting::Settle(const StoredRun& run, SeqRange seqs) {
  SeqRange range = seqs;
  {
    Statement touching = database_.Prepare(
        "SELECT coalesce(min(first_seq), ?2), coalesce(max(last_seq), ?3) FROM settled"
        " WHERE run = ?1 AND first_seq <= ?3 + 1 AND first_seq >= coalesce("
        "(SELECT max(first_seq) FROM settled WHERE run = ?1 AND first_seq <= ?2), ?2)"
        " AND last_seq >= ?2 - 1");
    touching.Bind(run.key).Bind(seqs.first).Bind(seqs.last);
    GODWIT_RETURN_IF_ERROR(touching.Step().status());
    range = {std::min(seqs.first, touching.Unsigned(0)), std::max(seqs.last, touching.Unsigned(1))};
  }
  GODWIT_RETURN_IF_ERROR(
      database_.Prepare("DELETE FROM settled WHERE run = ? AND first_seq BETWEEN ? AND ?")
          .Bind(run.key)
          .Bind(range.first)
          .Bind(range.last)
          .Run());
  return database_.Prepare("INSERT INTO settled (run, first_seq, last_seq) VALUES (?, ?, ?)")
      .Bind(run.key)
      .Bind(range.first)
      .Bind(range.last)
      .Run();
}

// What an older decoder rejected and this one takes; kNotFound when it never was.
Status SqliteAccounting::TakeBackRejection(const StoredRun& run, Seq seq) {
  Statement find = database_.Prepare("SELECT 1 FROM rejected WHERE run = ? AND seq = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(run.key).Bind(seq).Step());
  if (!row) return Error(StatusCode::kNotFound, "store: neither a gap nor rejected");
  return database_.Prepare("DELETE FROM rejected WHERE run = ? AND seq = ?")
      .Bind(run.key)
      .Bind(seq)
      .Run();
}

// What of these a gap names: a device that has a copy of it has it after all.
StatusOr<SeqSet> SqliteAccounting::GapsWithin(const StoredRun& run, SeqRange seqs) {
  SeqSet named;
  Statement gaps = database_.Prepare(
      "SELECT max(first_seq, ?2), min(last_seq, ?3) FROM gap WHERE run = ?1 AND first_seq <= ?3"
      " AND first_seq >= coalesce((SELECT max(first_seq) FROM gap"
      " WHERE run = ?1 AND first_seq <= ?2), ?2) AND last_seq >= ?2");
  gaps.Bind(run.key).Bind(seqs.first).Bind(seqs.last);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, gaps.Step());
    if (!more) return named;
    named.Add({gaps.Unsigned(0), gaps.Unsigned(1)});
  }
}

Status SqliteAccounting::SettleRejected(int64_t device, const QuarantinedRecords& copies,
                                        int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const StoredRun run, SqliteRuns(database_).Put(device, copies.run, 0));
  GODWIT_ASSIGN_OR_RETURN(SeqSet rejected, GapsWithin(run, copies.seqs));
  for (const SeqRange& gap : rejected.Ranges()) {
    for (Seq seq = gap.first; seq <= gap.last; ++seq) {
      GODWIT_RETURN_IF_ERROR(HealGap(run, seq));
    }
  }
  GODWIT_ASSIGN_OR_RETURN(const SeqSet settled, SettledWithin(run, copies.seqs));
  for (const SeqRange& range : settled.Missing(copies.seqs)) rejected.Add(range);
  for (const SeqRange& range : rejected.Ranges()) {
    for (Seq seq = range.first; seq <= range.last; ++seq) {
      GODWIT_RETURN_IF_ERROR(
          database_.Prepare("INSERT INTO rejected (run, seq, noted_unix_ns) VALUES (?, ?, ?)")
              .Bind(run.key)
              .Bind(seq)
              .Bind(now_unix_ns)
              .Run());
    }
    GODWIT_RETURN_IF_ERROR(Settle(run, range));
    GODWIT_RETURN_IF_ERROR(
        SqliteAlerts(database_).Raise(device, "rejected",
                                      Cat("records ", Hex(copies.run), "/", range.first, " to ",
                                          range.last, "; the device keeps copies of them"),
                                      now_unix_ns));
  }
  return absl::OkStatus();
}

Status SqliteAccounting::HealGap(const StoredRun& run, Seq seq) {
  Statement find = database_.Prepare(
      "SELECT first_seq, last_seq, reason, noted_unix_ns FROM gap"
      " WHERE run = ? AND first_seq <= ? ORDER BY first_seq DESC LIMIT 1");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(run.key).Bind(seq).Step());
  if (!row || find.Unsigned(1) < seq) return TakeBackRejection(run, seq);
  const SeqRange gap{find.Unsigned(0), find.Unsigned(1)};
  const std::string reason = find.Bytes(2);
  const int64_t noted = find.Integer(3);
  GODWIT_RETURN_IF_ERROR(database_.Prepare("DELETE FROM gap WHERE run = ? AND first_seq = ?")
                             .Bind(run.key)
                             .Bind(gap.first)
                             .Run());
  for (const SeqRange& rest : {SeqRange{gap.first, seq - 1}, SeqRange{seq + 1, gap.last}}) {
    if (rest.first > rest.last) continue;
    GODWIT_RETURN_IF_ERROR(AddGap(run, {rest, reason}, noted));
  }
  return absl::OkStatus();
}

}  // namespace godwit::collector
