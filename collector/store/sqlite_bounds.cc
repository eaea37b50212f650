#include "collector/store/sqlite_bounds.h"

#include <set>
#include <string>

#include "collector/store/sqlite_alerts.h"
#include "collector/store/sqlite_series_count.h"
#include "collector/store/sqlite_tables.h"

namespace godwit::collector {

using Refusal = std::optional<Postponement>;

StatusOr<Pace> SqliteBounds::Read(int64_t device, DeviceBound bound) {
  Statement find = database_.Prepare(
      "SELECT since_unix_ns, count, next_unix_ns, slowed FROM pace WHERE device = ? AND what = ?");
  GODWIT_RETURN_IF_ERROR(find.Bind(device).BindText(TraitsOf(bound).name).Step().status());
  return Pace{.since_unix_ns = find.Integer(0),
              .count = find.Unsigned(1),
              .next_unix_ns = find.Integer(2),
              .slowed = find.Integer(3) != 0};
}

Status SqliteBounds::Write(int64_t device, DeviceBound bound, const Pace& pace) {
  return database_.Prepare("INSERT OR REPLACE INTO pace VALUES (?, ?, ?, ?, ?, ?)")
      .Bind(device)
      .BindText(TraitsOf(bound).name)
      .Bind(pace.since_unix_ns)
      .Bind(pace.count)
      .Bind(pace.next_unix_ns)
      .Bind(pace.slowed)
      .Run();
}

SqliteBounds::Answer SqliteBounds::Finish(int64_t device, DeviceBound bound, const Pace& pace,
                                          const PaceAnswer& answer, const DeviceQuotas& quotas,
                                          int64_t now_unix_ns) {
  GODWIT_RETURN_IF_ERROR(Write(device, bound, pace));
  if (answer.is_raised) {
    GODWIT_RETURN_IF_ERROR(SqliteAlerts(database_).Raise(device, TraitsOf(bound).name,
                                                         AlertDetail(bound, quotas), now_unix_ns));
  }
  if (answer.wait <= absl::ZeroDuration()) return Refusal();
  return Refusal({.bound = bound, .wait = answer.wait});
}

// One that refuses leaves the others as they were.
SqliteBounds::Answer SqliteBounds::TakeAll(int64_t device, const News& news, int64_t now_unix_ns) {
  struct Taken {
    DeviceBound bound;
    Pace pace;
    PaceAnswer answer;
  };
  std::vector<Taken> all;
  for (const auto& [bound, count] : news) {
    if (count == 0) continue;
    Taken taken{.bound = bound};
    GODWIT_ASSIGN_OR_RETURN(taken.pace, Read(device, bound));
    taken.answer = Take(TraitsOf(bound), count, now_unix_ns, taken.pace);
    if (taken.answer.wait > absl::ZeroDuration()) {
      return Finish(device, bound, taken.pace, taken.answer, {}, now_unix_ns);
    }
    all.push_back(taken);
  }
  for (const Taken& taken : all) {
    GODWIT_RETURN_IF_ERROR(
        Finish(device, taken.bound, taken.pace, taken.answer, {}, now_unix_ns).status());
  }
  return Refusal();
}

SqliteBounds::Answer SqliteBounds::RefuseQuota(int64_t device, DeviceBound bound,
                                               const DeviceQuotas& quotas, int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(Pace pace, Read(device, bound));
  const PaceAnswer answer = Refuse(TraitsOf(bound), now_unix_ns, pace);
  return Finish(device, bound, pace, answer, quotas, now_unix_ns);
}

SqliteBounds::Answer SqliteBounds::AdmitSession(int64_t device, const SessionOpening& opening) {
  std::set<RunId> named;
  for (const HeldRun& run : opening.runs) {
    named.insert(run.run);
    if (run.follows_run != 0) named.insert(run.follows_run);
  }
  for (const QuarantinedRecords& copies : opening.quarantined) named.insert(copies.run);
  News news;
  for (const RunId run : named) {
    Statement find = database_.Prepare("SELECT 1 FROM run WHERE device = ? AND run_id = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool known, find.Bind(device).Bind(run).Step());
    if (!known) ++news[DeviceBound::kRuns];
  }
  {
    Statement find = database_.Prepare("SELECT 1 FROM boot WHERE device = ? AND boot_id = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool known,
                            find.Bind(device).BindBlob(opening.device.boot_id).Step());
    if (!known) news[DeviceBound::kBoots] = 1;
  }
  return TakeAll(device, news, opening.now_unix_ns);
}

StatusOr<uint64_t> SqliteBounds::NewTables(int64_t device,
                                           const std::vector<IncomingTable>& tables) {
  std::set<TableId> ids;
  for (const IncomingTable& table : tables) ids.insert(table.id);
  GODWIT_ASSIGN_OR_RETURN(const auto unknown,
                          SqliteTables(database_).Unknown(device, {ids.begin(), ids.end()}));
  return unknown.size();
}

SqliteBounds::Answer SqliteBounds::AdmitRecord(int64_t device, const Delivery& delivery,
                                               int64_t now_unix_ns) {
  const DeviceQuotas& quotas = delivery.quotas;
  News news;
  ByteCount bytes = 0;
  if (delivery.record) {
    Statement find = database_.Prepare(
        "SELECT EXISTS (SELECT 1 FROM run WHERE device = ?1 AND run_id = ?2),"
        " EXISTS (SELECT 1 FROM boot WHERE device = ?1 AND boot_id = ?3), record_bytes"
        " FROM device WHERE key = ?1");
    find.Bind(device).Bind(delivery.record->name.run).BindBlob(delivery.record->clock.boot_id);
    GODWIT_RETURN_IF_ERROR(find.Step().status());
    if (find.Integer(0) == 0) news[DeviceBound::kRuns] = 1;
    if (find.Integer(1) == 0) news[DeviceBound::kBoots] = 1;
    bytes = find.Unsigned(2);
  }
  if (quotas.bytes != 0 && bytes >= quotas.bytes) {
    return RefuseQuota(device, DeviceBound::kBytes, quotas, now_unix_ns);
  }
  GODWIT_ASSIGN_OR_RETURN(const uint64_t tables, NewTables(device, delivery.tables));
  news[DeviceBound::kTables] = tables;
  SqliteSeriesCount series(database_);
  if (tables > 0) {
    GODWIT_ASSIGN_OR_RETURN(const bool fits,
                            series.HasRoom(device, delivery.tables, quotas.series));
    if (!fits) return RefuseQuota(device, DeviceBound::kSeries, quotas, now_unix_ns);
  }
  GODWIT_ASSIGN_OR_RETURN(const Refusal refusal, TakeAll(device, news, now_unix_ns));
  if (refusal || tables == 0) return refusal;
  GODWIT_RETURN_IF_ERROR(series.Add(device, delivery.tables, quotas.series));
  return refusal;
}

// Of rows, by all statements so far.
StatusOr<uint64_t> SqliteBounds::Changes() {
  Statement changes = database_.Prepare("SELECT total_changes()");
  GODWIT_RETURN_IF_ERROR(changes.Step().status());
  return changes.Unsigned(0);
}

SqliteBounds::Answer SqliteBounds::AdmitAccount(int64_t device, int64_t now_unix_ns,
                                                const std::function<Status()>& account) {
  Pace pace;
  PaceAnswer answer;
  {
    Transaction part(database_);
    GODWIT_RETURN_IF_ERROR(part.Begin());
    GODWIT_ASSIGN_OR_RETURN(const uint64_t before, Changes());
    GODWIT_RETURN_IF_ERROR(account());
    GODWIT_ASSIGN_OR_RETURN(const uint64_t after, Changes());
    if (after == before) {
      GODWIT_RETURN_IF_ERROR(part.Commit());
      return Refusal();
    }
    GODWIT_ASSIGN_OR_RETURN(pace, Read(device, DeviceBound::kAccount));
    answer = Take(TraitsOf(DeviceBound::kAccount), after - before, now_unix_ns, pace);
    if (answer.wait <= absl::ZeroDuration()) GODWIT_RETURN_IF_ERROR(part.Commit());
  }
  return Finish(device, DeviceBound::kAccount, pace, answer, {}, now_unix_ns);
}

}  // namespace godwit::collector
