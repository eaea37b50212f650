#include "collector/store/sqlite_device_reader.h"

#include <cstdint>

#include "base/text.h"
#include "collector/store/boot_clock.h"
#include "collector/store/sqlite_alerts.h"
#include "collector/store/sqlite_labels.h"
#include "collector/store/sqlite_record_reader.h"
#include "collector/store/sqlite_reports.h"
#include "collector/store/sqlite_series_reader.h"

namespace godwit::collector {

StatusOr<std::vector<DeviceName>> SqliteDeviceReader::DeviceNames() {
  Statement rows =
      database_.Prepare("SELECT key, device_id, name FROM device ORDER BY name, device_id");
  std::vector<DeviceName> names;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return names;
    names.push_back({rows.Integer(0), rows.Bytes(1), rows.Bytes(2)});
  }
}

StatusOr<DeviceIdentity> SqliteDeviceReader::Identity(const std::string& device_id) {
  DeviceIdentity identity;
  {
    Statement find = database_.Prepare("SELECT key, name FROM device WHERE device_id = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindText(device_id).Step());
    if (!row) {
      return Error(StatusCode::kNotFound, Cat("store: device '", device_id, "' is not known"));
    }
    identity.name = {find.Integer(0), device_id, find.Bytes(1)};
  }
  Statement labels = database_.Prepare("SELECT name, value FROM label WHERE device = ?");
  labels.Bind(identity.name.key);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, labels.Step());
    if (!more) break;
    identity.labels[labels.Bytes(0)] = labels.Bytes(1);
  }
  GODWIT_ASSIGN_OR_RETURN(identity.operator_labels,
                          SqliteLabelReader(database_).OperatorLabels(identity.name.key));
  return identity;
}

StatusOr<DeviceRow> SqliteDeviceReader::Device(int64_t device) {
  DeviceRow row{.key = device};
  // In use until the end, so that all of it is read in one snapshot: to begin one costs more than
  // to read a row.
  Statement rows = database_.Prepare(
      "SELECT key, device_id, name, agent_version, wall_synchronised, last_seen_unix_ns,"
      " records, samples, duplicates,"
      " (SELECT count(*) FROM run WHERE run.device = device.key),"
      " (SELECT sum_saturated(unclean_end) FROM run WHERE run.device = device.key), boot_id"
      " FROM device WHERE key = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool found, rows.Bind(device).Step());
  if (!found) return Error(StatusCode::kNotFound, "store: the device is not known");
  row.facts.device_id = rows.Bytes(1);
  row.facts.name = rows.Bytes(2);
  row.facts.agent_version = rows.Bytes(3);
  row.facts.wall_synchronised = rows.Integer(4) != 0;
  row.last_seen_unix_ns = rows.Integer(5);
  row.records = rows.Unsigned(6);
  row.samples = rows.Unsigned(7);
  row.duplicates = rows.Unsigned(8);
  row.runs = rows.Unsigned(9);
  row.unclean_runs = rows.Unsigned(10);
  row.facts.boot_id = rows.Bytes(11);
  // What cannot be read of it is an alert beside what can.
  if (const Status status = AddDetails(row); !status.ok()) {
    row.alerts.push_back({.kind = kUnreadableAlert, .detail = Message(status), .count = 1});
  }
  return row;
}

// Its labels, gaps, alerts, report and newest sample.
Status SqliteDeviceReader::AddDetails(DeviceRow& row) {
  Statement labels = database_.Prepare("SELECT name, value FROM label WHERE device = ?");
  labels.Bind(row.key);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, labels.Step());
    if (!more) break;
    row.facts.labels[labels.Bytes(0)] = labels.Bytes(1);
  }
  Statement gaps = database_.Prepare(
      "SELECT reason, sum_saturated(gap.last_seq - gap.first_seq + 1) FROM gap"
      " JOIN run ON gap.run = run.key WHERE run.device = ? GROUP BY reason");
  gaps.Bind(row.key);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, gaps.Step());
    if (!more) break;
    row.gap_records[gaps.Bytes(0)] = gaps.Unsigned(1);
  }
  GODWIT_ASSIGN_OR_RETURN(row.alerts, ReadAlerts(database_, row.key));
  GODWIT_RETURN_IF_ERROR(AddReport(database_, row));
  Statement newest = database_.Prepare(
      "SELECT coalesce(max(last_unix_ns), 0) FROM head JOIN record ON record.key = head.record"
      " WHERE head.device = ?");
  GODWIT_RETURN_IF_ERROR(newest.Bind(row.key).Step().status());
  row.newest_unix_ns = newest.Integer(0);
  return absl::OkStatus();
}

// Of each table and interval: what the grid has between the first and the last tick, less what is
// there.
StatusOr<uint64_t> SqliteDeviceReader::MissingTicks(int64_t device, TimeRange times) {
  // One statement, and so one snapshot; a difference beyond 64 bits is SQLite's floating point.
  Statement rows = database_.Prepare(
      "SELECT table_id, interval_ns, missing, block.first_unix_ns + shift_ns,"
      " block.last_unix_ns + shift_ns"
      " FROM record JOIN block ON block.record = record.key WHERE device = ?"
      " AND record.first_unix_ns BETWEEN"
      " ? - coalesce((SELECT span_ns_max FROM device WHERE key = ?), 0) AND ?"
      " AND record.last_unix_ns >= ? AND ticks > 0"
      " ORDER BY block.first_unix_ns + shift_ns, table_id");
  const int64_t since = times.since();
  rows.Bind(device).Bind(since).Bind(device).Bind(times.until()).Bind(since);
  MissingTickCount count(
      [this](const TableId& id) { return SqliteSeriesReader(database_).Table(id); });
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return count.missing();
    count.Add({.table = rows.Bytes(0),
               .interval_ns = rows.Integer(1),
               .first_unix_ns = rows.Integer(3),
               .last_unix_ns = rows.Integer(4),
               .missing = rows.Unsigned(2)});
  }
}

StatusOr<std::vector<RunRow>> SqliteDeviceReader::Runs(int64_t device) {
  Statement rows = database_.Prepare(
      "SELECT run_id, key, follows_run, unclean_end FROM run WHERE device = ?"
      " ORDER BY run_order, key");
  rows.Bind(device);
  std::vector<RunRow> runs;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) break;
    runs.push_back({.id = rows.Unsigned(0),
                    .key = rows.Integer(1),
                    .follows = rows.Unsigned(2),
                    .unclean_end = rows.Integer(3) != 0});
  }
  // In the same order: one pass over both.
  Statement gaps = database_.Prepare(
      "SELECT gap.run, first_seq, gap.last_seq, reason FROM run JOIN gap ON gap.run = run.key"
      " WHERE device = ? ORDER BY run_order, run.key, first_seq");
  gaps.Bind(device);
  auto run = runs.begin();
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, gaps.Step());
    if (!more) return runs;
    while (run != runs.end() && run->key != gaps.Integer(0)) ++run;
    // A run that came between the two statements is behind all of them.
    if (run == runs.end()) return runs;
    run->gaps.push_back({{gaps.Unsigned(1), gaps.Unsigned(2)}, gaps.Bytes(3)});
  }
}

StatusOr<RunExtent> SqliteDeviceReader::Extent(int64_t run) {
  Statement find = database_.Prepare(
      "SELECT coalesce(min(first_unix_ns), 0), coalesce(max(last_unix_ns), 0),"
      " sum_saturated(last_seq - seq + 1) FROM record WHERE run = ?");
  GODWIT_RETURN_IF_ERROR(find.Bind(run).Step().status());
  return RunExtent{find.Integer(0), find.Integer(1), find.Unsigned(2)};
}

StatusOr<StoreStatistics> SqliteDeviceReader::Statistics() {
  Statement find = database_.Prepare(
      "SELECT (SELECT count(*) FROM device), (SELECT sum_saturated(samples) FROM device),"
      " page_count * page_size, freelist_count * page_size,"
      " (SELECT coalesce(min(first_unix_ns), 0) FROM (SELECT first_unix_ns FROM record"
      " ORDER BY age_unix_ns LIMIT 1)),"
      " (SELECT count(*) FROM record WHERE waits_since_unix_ns IS NOT NULL)"
      " FROM pragma_page_count, pragma_freelist_count, pragma_page_size");
  GODWIT_RETURN_IF_ERROR(find.Step().status());
  return StoreStatistics{.devices = find.Unsigned(0),
                         .samples = find.Unsigned(1),
                         .bytes = find.Unsigned(2),
                         .free_bytes = find.Unsigned(3),
                         .oldest_unix_ns = find.Integer(4),
                         .merge_waiting = find.Unsigned(5)};
}

}  // namespace godwit::collector
