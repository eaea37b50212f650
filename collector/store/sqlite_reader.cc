#include <utility>

#include "base/status.h"
#include "base/text.h"
#include "collector/store/boot_clock.h"
#include "collector/store/sqlite_store.h"

namespace godwit::collector {

StatusOr<std::unique_ptr<SqliteReader>> SqliteReader::Open(const std::string& file,
                                                           std::shared_ptr<StoreHealth> health) {
  GODWIT_ASSIGN_OR_RETURN(auto database,
                          Database::Open(file, Database::Mode::kQueryOnly, std::move(health)));
  return std::unique_ptr<SqliteReader>(new SqliteReader(std::move(database)));
}

StatusOr<DeviceRow> SqliteReader::Device(int64_t device) {
  DeviceRow row{.key = device};
  {
    Statement rows = database_->Prepare(
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
  }
  // What cannot be read of it is an alert beside what can.
  if (const Status status = AddDetails(row); !status.ok()) {
    row.alerts.push_back({.kind = "unreadable", .detail = Message(status), .count = 1});
  }
  return row;
}

StatusOr<DeviceIdentity> SqliteReader::Identity(const std::string& device_id) {
  DeviceIdentity identity;
  {
    Statement find = database_->Prepare("SELECT key, name FROM device WHERE device_id = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindText(device_id).Step());
    if (!row) {
      return Error(StatusCode::kNotFound, Cat("store: device '", device_id, "' is not known"));
    }
    identity.name = {find.Integer(0), device_id, find.Bytes(1)};
  }
  Statement labels = database_->Prepare("SELECT name, value FROM label WHERE device = ?");
  labels.Bind(identity.name.key);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, labels.Step());
    if (!more) break;
    identity.labels[labels.Bytes(0)] = labels.Bytes(1);
  }
  GODWIT_ASSIGN_OR_RETURN(identity.operator_labels, OperatorLabels(identity.name.key));
  return identity;
}

// Its labels, gaps, alerts, report and newest sample.
Status SqliteReader::AddDetails(DeviceRow& row) {
  Statement labels = database_->Prepare("SELECT name, value FROM label WHERE device = ?");
  labels.Bind(row.key);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, labels.Step());
    if (!more) break;
    row.facts.labels[labels.Bytes(0)] = labels.Bytes(1);
  }
  Statement gaps = database_->Prepare(
      "SELECT reason, sum_saturated(gap.last_seq - gap.first_seq + 1) FROM gap"
      " JOIN run ON gap.run = run.key WHERE run.device = ? GROUP BY reason");
  gaps.Bind(row.key);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, gaps.Step());
    if (!more) break;
    row.gap_records[gaps.Bytes(0)] = gaps.Unsigned(1);
  }
  Statement alerts = database_->Prepare(
      "SELECT kind, detail, first_unix_ns, last_unix_ns, count FROM alert WHERE device = ?"
      " ORDER BY kind");
  alerts.Bind(row.key);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, alerts.Step());
    if (!more) break;
    row.alerts.push_back({alerts.Bytes(0), alerts.Bytes(1), alerts.Integer(2), alerts.Integer(3),
                          alerts.Unsigned(4)});
  }
  GODWIT_RETURN_IF_ERROR(AddReport(row));
  Statement newest = database_->Prepare(
      "SELECT coalesce(max(last_unix_ns), 0) FROM head JOIN record ON record.key = head.record"
      " WHERE head.device = ?");
  GODWIT_RETURN_IF_ERROR(newest.Bind(row.key).Step().status());
  row.newest_unix_ns = newest.Integer(0);
  return absl::OkStatus();
}

StatusOr<std::vector<DeviceName>> SqliteReader::DeviceNames() {
  Statement rows =
      database_->Prepare("SELECT key, device_id, name FROM device ORDER BY name, device_id");
  std::vector<DeviceName> names;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return names;
    names.push_back({rows.Integer(0), rows.Bytes(1), rows.Bytes(2)});
  }
}

// Of each table and interval: what the grid has between the first and the last tick, less what is
// there.
StatusOr<uint64_t> SqliteReader::MissingTicks(int64_t device, TimeRange times) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t span_max, SpanMax(device));
  Statement rows = database_->Prepare(
      "SELECT table_id, interval_ns, missing, block.first_unix_ns + shift_ns,"
      " block.last_unix_ns + shift_ns"
      " FROM record JOIN block ON block.record = record.key WHERE device = ?"
      " AND record.first_unix_ns BETWEEN ? AND ? AND record.last_unix_ns >= ? AND ticks > 0"
      " ORDER BY block.first_unix_ns + shift_ns, table_id");
  const int64_t since = times.since();
  rows.Bind(device).Bind(SubtractSaturated(since, span_max)).Bind(times.until()).Bind(since);
  MissingTickCount count([this](const TableId& id) { return Table(id); });
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

StatusOr<std::optional<RecordCursor>> SqliteReader::NextRun(int64_t device, RecordCursor after) {
  Statement run = database_->Prepare(
      "SELECT run_order, key FROM run WHERE device = ? AND (run_order, key) > (?, ?)"
      " ORDER BY run_order, key LIMIT 1");
  run.Bind(device).Bind(after.run_order).Bind(after.run_key);
  GODWIT_ASSIGN_OR_RETURN(const bool row, run.Step());
  if (!row) return std::nullopt;
  return RecordCursor{.run_order = run.Unsigned(0), .run_key = run.Integer(1), .seq = 0};
}

StatusOr<std::vector<StoredSpans>> SqliteReader::Spans(int64_t device, RecordCursor after,
                                                       size_t limit) {
  std::vector<StoredSpans> spans;
  RecordCursor at = after;
  while (spans.size() < limit) {
    Statement rows = database_->Prepare(
        "SELECT record.key, seq, boot_id, wall_offset_ns, synchronised, shift_ns,"
        " boot.offset_ns IS NOT NULL AND boot.repaired_to IS NULL, coalesce(uncertainty_ns, 0),"
        " last_seq FROM record"
        " LEFT JOIN boot ON boot.key = record.boot WHERE run = ? AND seq > ? ORDER BY seq LIMIT ?");
    rows.Bind(at.run_key).Bind(at.seq).Bind(uint64_t{limit - spans.size()});
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
      if (!more) break;
      StoredSpans& record = spans.emplace_back();
      at.seq = rows.Unsigned(8);
      record.cursor = at;
      record.first_seq = rows.Unsigned(1);
      record.clock = {rows.Bytes(2), rows.Integer(3), rows.Integer(4) != 0};
      record.shift_ns = rows.Integer(5);
      BootClock boot;
      if (rows.Integer(6) != 0) boot = {0, rows.Integer(7)};
      record.quality = boot.QualityOf(record.clock);
      GODWIT_RETURN_IF_ERROR(AddBlocks(rows.Integer(0), record));
    }
    if (spans.size() == limit) break;
    GODWIT_ASSIGN_OR_RETURN(const auto next_run, NextRun(device, at));
    if (!next_run) break;
    at = *next_run;
  }
  return spans;
}

Status SqliteReader::AddBlocks(int64_t record, StoredSpans& spans) {
  Statement rows = database_->Prepare(
      "SELECT table_id, interval_ns, ticks, first_unix_ns, last_unix_ns, missing, columns"
      " FROM block WHERE record = ? ORDER BY number");
  rows.Bind(record);
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return absl::OkStatus();
    BlockSpan& block = spans.blocks.emplace_back();
    block.table = rows.Bytes(0);
    block.interval_ns = rows.Integer(1);
    block.ticks = static_cast<uint32_t>(rows.Integer(2));
    block.first_unix_ns = rows.Integer(3);
    block.last_unix_ns = rows.Integer(4);
    block.missing = rows.Unsigned(5);
    block.columns = static_cast<uint32_t>(rows.Integer(6));
  }
}

StatusOr<std::vector<RunRow>> SqliteReader::Runs(int64_t device) {
  Statement rows = database_->Prepare(
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
  Statement gaps = database_->Prepare(
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

StatusOr<RunExtent> SqliteReader::Extent(int64_t run) {
  Statement find = database_->Prepare(
      "SELECT coalesce(min(first_unix_ns), 0), coalesce(max(last_unix_ns), 0),"
      " sum_saturated(last_seq - seq + 1) FROM record WHERE run = ?");
  GODWIT_RETURN_IF_ERROR(find.Bind(run).Step().status());
  return RunExtent{find.Integer(0), find.Integer(1), find.Unsigned(2)};
}

StatusOr<StoreFigures> SqliteReader::Figures() {
  Statement find = database_->Prepare(
      "SELECT (SELECT count(*) FROM device), (SELECT sum_saturated(samples) FROM device),"
      " page_count * page_size, freelist_count * page_size,"
      " (SELECT coalesce(min(first_unix_ns), 0) FROM (SELECT first_unix_ns FROM record"
      " ORDER BY age_unix_ns LIMIT 1)),"
      " (SELECT count(*) FROM record WHERE waits_since_unix_ns IS NOT NULL)"
      " FROM pragma_page_count, pragma_freelist_count, pragma_page_size");
  GODWIT_RETURN_IF_ERROR(find.Step().status());
  return StoreFigures{.devices = find.Unsigned(0),
                      .samples = find.Unsigned(1),
                      .bytes = find.Unsigned(2),
                      .free_bytes = find.Unsigned(3),
                      .oldest_unix_ns = find.Integer(4),
                      .merge_waiting = find.Unsigned(5)};
}

StatusOr<std::vector<Head>> SqliteReader::Heads(int64_t device) {
  Statement rows = database_->Prepare(
      "SELECT head.table_id, head.run_order, record.run, head.seq, record.batch,"
      " record.shift_ns FROM head"
      " JOIN record ON record.key = head.record LEFT JOIN boot ON boot.key = record.boot"
      " WHERE head.device = ?"
      " ORDER BY max(CASE WHEN synchronised OR offset_ns IS NOT NULL THEN age_unix_ns END)"
      " OVER (PARTITION BY record.run), head.run_order, record.run, head.seq");
  rows.Bind(device);
  std::vector<Head> heads;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return heads;
    heads.push_back({.table = rows.Bytes(0),
                     .cursor = {rows.Unsigned(1), rows.Integer(2), rows.Unsigned(3)},
                     .batch = rows.Bytes(4),
                     .shift_ns = rows.Integer(5)});
  }
}

StatusOr<std::vector<TableId>> SqliteReader::Tables(int64_t device) {
  Statement rows =
      database_->Prepare("SELECT table_id FROM device_table WHERE device = ? ORDER BY table_id");
  rows.Bind(device);
  std::vector<TableId> tables;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return tables;
    tables.push_back(rows.Bytes(0));
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
