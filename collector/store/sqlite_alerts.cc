#include "collector/store/sqlite_alerts.h"

#include "collector/limits.h"

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

}  // namespace godwit::collector
