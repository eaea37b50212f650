#include "collector/store/sqlite_reports.h"

#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace godwit::collector {
namespace {

std::string Encode(const std::vector<EffectiveSetting>& settings) {
  std::string out;
  for (const EffectiveSetting& setting : settings) {
    PutText(out, setting.name);
    PutText(out, setting.value);
    PutText(out, setting.origin);
  }
  return out;
}

void DecodeSettings(std::string_view bytes, DeviceReport& report) {
  ByteReader reader(bytes);
  std::string_view name;
  std::string_view value;
  std::string_view origin;
  while (reader.GetText(name) && reader.GetText(value) && reader.GetText(origin)) {
    report.settings.push_back({std::string(name), std::string(value), std::string(origin)});
  }
}

// Sensors of which so many counters are kept; none when the bytes are not exactly that.
std::optional<std::vector<SensorState>> SensorsWith(size_t counters, std::string_view bytes) {
  ByteReader reader(bytes);
  std::string_view name;
  std::string_view state;
  std::string_view error;
  std::vector<SensorState> sensors;
  while (!reader.done()) {
    if (!reader.GetText(name) || !reader.GetText(state) || !reader.GetText(error)) return {};
    SensorState& sensor = sensors.emplace_back();
    sensor.name = name;
    sensor.state = state;
    sensor.error = error;
    for (size_t i = 0; i < counters; ++i) {
      if (!reader.Get(sensor.*kSensorCounters[i].member)) return {};
    }
  }
  return sensors;
}

}  // namespace

std::string EncodeSensors(const std::vector<SensorState>& sensors, size_t counters) {
  std::string out;
  for (const SensorState& sensor : sensors) {
    PutText(out, sensor.name);
    PutText(out, sensor.state);
    PutText(out, sensor.error);
    for (size_t i = 0; i < counters; ++i) Put(out, sensor.*kSensorCounters[i].member);
  }
  return out;
}

std::vector<SensorState> DecodeSensors(std::string_view bytes) {
  for (size_t counters = std::size(kSensorCounters); counters > 0; --counters) {
    if (auto sensors = SensorsWith(counters, bytes)) return *std::move(sensors);
  }
  return {};
}

Status SqliteReports::Note(int64_t device, const DeviceReport& report, int64_t now_unix_ns) {
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("UPDATE device SET reported_unix_ns = ?, spool_bytes = ?, spool_bytes_max = ?,"
                   " spool_bytes_per_day = ?, waiting_records = ?, disk = ?, copies_aside = ?"
                   " WHERE key = ?")
          .Bind(now_unix_ns)
          .Bind(report.spool_bytes)
          .Bind(report.spool_bytes_max)
          .Bind(report.spool_bytes_per_day)
          .Bind(report.waiting_records)
          .BindText(report.disk)
          .Bind(report.quarantined_copies)
          .Bind(device)
          .Run());
  if (!report.settings.empty()) {
    GODWIT_RETURN_IF_ERROR(
        database_
            .Prepare("INSERT INTO report (device, settings) VALUES (?, ?)"
                     " ON CONFLICT (device) DO UPDATE SET settings = excluded.settings")
            .Bind(device)
            .BindBlob(Encode(report.settings))
            .Run());
  }
  if (report.sensors) {
    GODWIT_RETURN_IF_ERROR(
        database_
            .Prepare("INSERT INTO report (device, sensors) VALUES (?, ?)"
                     " ON CONFLICT (device) DO UPDATE SET sensors = excluded.sensors")
            .Bind(device)
            .BindBlob(EncodeSensors(*report.sensors))
            .Run());
  }
  if (report.wall_source.empty()) return absl::OkStatus();
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("INSERT INTO report (device, wall_source) VALUES (?, ?)"
                   " ON CONFLICT (device) DO UPDATE SET wall_source = excluded.wall_source")
          .Bind(device)
          .BindText(report.wall_source)
          .Run());
  return database_.Prepare("UPDATE device SET wall_synchronised = ? WHERE key = ?")
      .Bind(report.wall_synchronised)
      .Bind(device)
      .Run();
}

Status AddReport(Database& database, DeviceRow& row) {
  Statement find = database.Prepare(
      "SELECT reported_unix_ns, spool_bytes, spool_bytes_max, spool_bytes_per_day,"
      " waiting_records, disk, copies_aside, settings, sensors, wall_source"
      " FROM device LEFT JOIN report ON report.device = device.key"
      " WHERE key = ? AND reported_unix_ns IS NOT NULL");
  GODWIT_ASSIGN_OR_RETURN(const bool found, find.Bind(row.key).Step());
  if (!found) return absl::OkStatus();
  row.reported_unix_ns = find.Integer(0);
  row.report = DeviceReport{.spool_bytes = find.Unsigned(1),
                            .spool_bytes_max = find.Unsigned(2),
                            .spool_bytes_per_day = find.Unsigned(3),
                            .waiting_records = find.Unsigned(4),
                            .disk = find.Bytes(5),
                            .quarantined_copies = find.Unsigned(6),
                            .wall_source = find.Bytes(9),
                            .wall_synchronised = row.facts.wall_synchronised};
  DecodeSettings(find.Bytes(7), *row.report);
  row.report->sensors = DecodeSensors(find.Bytes(8));
  return absl::OkStatus();
}

}  // namespace godwit::collector
