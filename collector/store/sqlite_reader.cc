#include <limits>

#include "collector/store/sqlite_store.h"

namespace godwit::collector {

StatusOr<std::unique_ptr<SqliteReader>> SqliteReader::Open(const std::string& file) {
  GODWIT_ASSIGN_OR_RETURN(auto database, Database::Open(file, Database::Mode::kQueryOnly));
  return std::unique_ptr<SqliteReader>(new SqliteReader(std::move(database)));
}

StatusOr<std::vector<DeviceRow>> SqliteReader::Devices() {
  Statement rows = database_->Prepare(
      "SELECT key, device_id, name, agent_version, wall_synchronised, last_seen_unix_ns,"
      " records, samples, duplicates,"
      " (SELECT count(*) FROM run WHERE run.device = device.key),"
      " (SELECT coalesce(sum(unclean_end), 0) FROM run WHERE run.device = device.key)"
      " FROM device ORDER BY name, device_id");
  std::vector<DeviceRow> devices;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) break;
    DeviceRow& row = devices.emplace_back();
    row.key = rows.Integer(0);
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
  }
  for (DeviceRow& row : devices) {
    Statement gaps = database_->Prepare(
        "SELECT reason, sum(gap.last_seq - gap.first_seq + 1) FROM gap"
        " JOIN run ON gap.run = run.key WHERE run.device = ? GROUP BY reason");
    gaps.Bind(row.key);
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, gaps.Step());
      if (!more) break;
      row.gap_records[gaps.Bytes(0)] = gaps.Unsigned(1);
    }
  }
  return devices;
}

// Run by run, so that the index on (run, seq) finds each place and nothing is sorted.
StatusOr<std::optional<StoredBatch>> SqliteReader::Next(int64_t device, RecordCursor after,
                                                        TimeRange times) {
  RecordCursor at = after;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(auto stored, NextInRun(at, times));
    if (stored) return stored;
    Statement run = database_->Prepare(
        "SELECT run_order, key FROM run WHERE device = ? AND (run_order, key) > (?, ?)"
        " ORDER BY run_order, key LIMIT 1");
    run.Bind(device).Bind(at.run_order).Bind(at.run_key);
    GODWIT_ASSIGN_OR_RETURN(const bool row, run.Step());
    if (!row) return std::nullopt;
    at = {.run_order = run.Unsigned(0), .run_key = run.Integer(1), .seq = 0};
  }
}

StatusOr<std::optional<StoredBatch>> SqliteReader::NextInRun(RecordCursor after, TimeRange times) {
  const int64_t until =
      times.until_unix_ns == 0 ? std::numeric_limits<int64_t>::max() : times.until_unix_ns;
  Statement record = database_->Prepare(
      "SELECT seq, batch FROM record WHERE run = ? AND seq > ?"
      " AND last_unix_ns >= ? AND first_unix_ns < ? ORDER BY seq LIMIT 1");
  record.Bind(after.run_key).Bind(after.seq).Bind(times.since_unix_ns).Bind(until);
  GODWIT_ASSIGN_OR_RETURN(const bool row, record.Step());
  if (!row) return std::nullopt;
  after.seq = record.Unsigned(0);
  return StoredBatch{.cursor = after, .batch = record.Bytes(1)};
}

StatusOr<std::vector<Head>> SqliteReader::Heads(int64_t device) {
  Statement rows = database_->Prepare(
      "SELECT head.table_id, head.run_order, record.run, head.seq, record.batch FROM head"
      " JOIN record ON record.key = head.record WHERE head.device = ?"
      " ORDER BY head.run_order, record.run, head.seq");
  rows.Bind(device);
  std::vector<Head> heads;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return heads;
    heads.push_back({.table = rows.Bytes(0),
                     .cursor = {rows.Unsigned(1), rows.Integer(2), rows.Unsigned(3)},
                     .batch = rows.Bytes(4)});
  }
}

StatusOr<std::string> SqliteReader::Table(const TableId& id) {
  Statement find = database_->Prepare("SELECT encoded FROM series_table WHERE table_id = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindBlob(id).Step());
  if (!row) return Error(StatusCode::kNotFound, "store: a table is missing");
  std::string encoded = find.Bytes(0);
  return encoded;
}

}  // namespace godwit::collector
