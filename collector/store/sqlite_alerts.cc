#include "collector/store/sqlite_alerts.h"

#include <algorithm>
#include <string>

#include "base/text.h"
#include "collector/limits.h"
#include "collector/store/sqlite_audit.h"
#include "collector/store/sqlite_devices.h"

namespace godwit::collector {

Status SqliteAlerts::Raise(int64_t device, std::string_view kind, std::string_view detail,
                           int64_t now_unix_ns) {
  return database_
      .Prepare(
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

Status SqliteAlerts::Acknowledge(const AlertAcknowledgement& alerts, int64_t now_unix_ns) {
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, SqliteDevices(database_).Key(alerts.device_id));
  AlertAcknowledgement made{.issuer = alerts.issuer, .message = alerts.message};
  for (const auto& [kind, seen] : alerts.seen) {
    GODWIT_ASSIGN_OR_RETURN(const uint64_t count,
                            AcknowledgeOne(device, kind, seen, alerts, now_unix_ns));
    if (count > 0) made.seen[kind] = count;
  }
  if (made.seen.empty()) return absl::OkStatus();
  GODWIT_RETURN_IF_ERROR(SqliteAudit(database_).Note(device, "alerts", made, now_unix_ns));
  return transaction.Commit();
}

// How many there are that were not acknowledged before.
StatusOr<uint64_t> SqliteAlerts::AcknowledgeOne(int64_t device, const std::string& kind,
                                                uint64_t seen, const AlertAcknowledgement& alerts,
                                                int64_t now_unix_ns) {
  uint64_t before = 0;
  uint64_t count = 0;
  {
    Statement find =
        database_.Prepare("SELECT acknowledged, count FROM alert WHERE device = ? AND kind = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(device).BindText(kind).Step());
    if (!row) {
      return Error(StatusCode::kNotFound, Cat("the device has no alert '", kind, "'"));
    }
    before = find.Unsigned(0);
    count = std::min(seen, find.Unsigned(1));
  }
  if (count <= before) return uint64_t{0};
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("UPDATE alert SET acknowledged = ?, acknowledged_unix_ns = ?,"
                   " acknowledged_by = ?, acknowledged_why = ? WHERE device = ? AND kind = ?")
          .Bind(count)
          .Bind(now_unix_ns)
          .BindText(alerts.issuer)
          .BindText(alerts.message)
          .Bind(device)
          .BindText(kind)
          .Run());
  return count - before;
}

StatusOr<std::vector<AlertRow>> ReadAlerts(Database& database, int64_t device) {
  std::vector<AlertRow> alerts;
  Statement rows = database.Prepare(
      "SELECT kind, detail, first_unix_ns, last_unix_ns, count, acknowledged,"
      " acknowledged_unix_ns, acknowledged_by, acknowledged_why FROM alert WHERE device = ?"
      " ORDER BY kind");
  rows.Bind(device);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return alerts;
    alerts.push_back({.kind = rows.Bytes(0),
                      .detail = rows.Bytes(1),
                      .first_unix_ns = rows.Integer(2),
                      .last_unix_ns = rows.Integer(3),
                      .count = rows.Unsigned(4),
                      .acknowledged = rows.Unsigned(5),
                      .acknowledged_unix_ns = rows.Integer(6),
                      .acknowledged_by = rows.Bytes(7),
                      .acknowledged_why = rows.Bytes(8)});
  }
}

}  // namespace godwit::collector
