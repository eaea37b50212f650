// What devices say of their own state.
#include "base/bytes.h"
#include "collector/store/sqlite_store.h"

namespace godwit::collector {

Status SqliteStore::NoteReport(int64_t device, const DeviceReport& report, int64_t now_unix_ns) {
  std::string settings;
  for (const auto& [name, value] : report.settings) {
    PutText(settings, name);
    PutText(settings, value);
  }
  return database_
      ->Prepare(
          "INSERT OR REPLACE INTO report (device, reported_unix_ns, spool_bytes, spool_bytes_max,"
          " spool_bytes_per_day, waiting_records, disk, copies_aside, settings)"
          " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .Bind(device)
      .Bind(now_unix_ns)
      .Bind(report.spool_bytes)
      .Bind(report.spool_bytes_max)
      .Bind(report.spool_bytes_per_day)
      .Bind(report.waiting_records)
      .BindText(report.disk)
      .Bind(report.copies_aside)
      .BindBlob(settings)
      .Run();
}

Status SqliteReader::AddReport(DeviceRow& row) {
  Statement find = database_->Prepare(
      "SELECT reported_unix_ns, spool_bytes, spool_bytes_max, spool_bytes_per_day,"
      " waiting_records, disk, copies_aside, settings FROM report WHERE device = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool found, find.Bind(row.key).Step());
  if (!found) return absl::OkStatus();
  row.reported_unix_ns = find.Integer(0);
  row.report = DeviceReport{.spool_bytes = find.Unsigned(1),
                            .spool_bytes_max = find.Unsigned(2),
                            .spool_bytes_per_day = find.Unsigned(3),
                            .waiting_records = find.Unsigned(4),
                            .disk = find.Bytes(5),
                            .copies_aside = find.Unsigned(6)};
  const std::string settings = find.Bytes(7);
  ByteReader reader(settings);
  std::string_view name;
  std::string_view value;
  while (reader.GetText(name) && reader.GetText(value)) {
    row.report->settings.emplace_back(name, value);
  }
  return absl::OkStatus();
}

}  // namespace godwit::collector
