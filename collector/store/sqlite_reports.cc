#include "collector/store/sqlite_reports.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace godwit::collector {
namespace {

// The numbers of a sensor's state, in the order in which they are kept.
constexpr uint64_t SensorState::*kNumbers[] = {&SensorState::readings,  &SensorState::failures,
                                               &SensorState::timed_out, &SensorState::missed,
                                               &SensorState::series,    &SensorState::not_sampled,
                                               &SensorState::refused};

std::string Encode(const std::vector<EffectiveSetting>& settings) {
  std::string out;
  for (const EffectiveSetting& setting : settings) {
    PutText(out, setting.name);
    PutText(out, setting.value);
    PutText(out, setting.origin);
  }
  return out;
}

std::string Encode(const std::vector<SensorState>& sensors) {
  std::string out;
  for (const SensorState& sensor : sensors) {
    PutText(out, sensor.name);
    PutText(out, sensor.state);
    PutText(out, sensor.error);
    for (const auto number : kNumbers) Put(out, sensor.*number);
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

void DecodeSensors(std::string_view bytes, DeviceReport& report) {
  ByteReader reader(bytes);
  std::string_view name;
  std::string_view state;
  std::string_view error;
  report.sensors.emplace();
  while (reader.GetText(name) && reader.GetText(state) && reader.GetText(error)) {
    SensorState sensor{
        .name = std::string(name), .state = std::string(state), .error = std::string(error)};
    for (const auto number : kNumbers) {
      if (!reader.Get(sensor.*number)) return;
    }
    report.sensors->push_back(std::move(sensor));
  }
}

}  // namespace

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
            .BindBlob(Encode(*report.sensors))
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
  DecodeSensors(find.Bytes(8), *row.report);
  return absl::OkStatus();
}

}  // namespace godwit::collector
