#include "collector/store/sqlite_series_reader.h"

#include <cstdint>

namespace godwit::collector {

StatusOr<std::vector<Head>> SqliteSeriesReader::Heads(int64_t device) {
  Statement rows = database_.Prepare(
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

StatusOr<std::vector<TableId>> SqliteSeriesReader::Tables(int64_t device) {
  Statement rows =
      database_.Prepare("SELECT table_id FROM device_table WHERE device = ? ORDER BY table_id");
  rows.Bind(device);
  std::vector<TableId> tables;
  while (true) {
    GODWIT_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return tables;
    tables.push_back(rows.Bytes(0));
  }
}

StatusOr<std::string> SqliteSeriesReader::Table(const TableId& id) {
  Statement find = database_.Prepare("SELECT encoded FROM series_table WHERE table_id = ?");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindBlob(id).Step());
  if (!row) return Error(StatusCode::kNotFound, "store: a table is missing");
  std::string encoded = find.Bytes(0);
  return encoded;
}

}  // namespace godwit::collector
