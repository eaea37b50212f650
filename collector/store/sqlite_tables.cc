#include "collector/store/sqlite_tables.h"

#include "collector/limits.h"

namespace godwit::collector {

Status SqliteTables::Put(int64_t device, const IncomingTable& table, int64_t now_unix_ns) {
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("INSERT INTO series_table (table_id, series, encoded) VALUES (?, ?, ?)"
                   " ON CONFLICT DO NOTHING")
          .BindBlob(table.id)
          .Bind(uint64_t{table.series})
          .BindBlob(table.encoded)
          .Run());
  return database_
      .Prepare(
          "INSERT INTO device_table (device, table_id, seen_unix_ns) VALUES (?, ?, ?)"
          " ON CONFLICT DO UPDATE SET seen_unix_ns = excluded.seen_unix_ns")
      .Bind(device)
      .BindBlob(table.id)
      .Bind(now_unix_ns)
      .Run();
}

StatusOr<std::vector<TableId>> SqliteTables::Unknown(int64_t device,
                                                     const std::vector<TableId>& tables) {
  std::vector<TableId> unknown;
  for (const TableId& id : tables) {
    Statement known =
        database_.Prepare("SELECT 1 FROM device_table WHERE device = ? AND table_id = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool row, known.Bind(device).BindBlob(id).Step());
    if (!row) unknown.push_back(id);
  }
  return unknown;
}

StatusOr<Outcome> SqliteTables::Check(int64_t device, const std::vector<BlockSpan>& blocks,
                                      int64_t now_unix_ns) {
  for (const BlockSpan& block : blocks) {
    {
      Statement find = database_.Prepare(
          "SELECT series FROM device_table JOIN series_table USING (table_id)"
          " WHERE device = ? AND table_id = ?");
      GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(device).BindBlob(block.table).Step());
      if (!row) return Outcome::kUnknownTable;
      if (find.Unsigned(0) != block.columns) return Outcome::kMalformed;
    }
    GODWIT_RETURN_IF_ERROR(NoteSeen(device, block.table, now_unix_ns));
  }
  return Outcome::kCommitted;
}

Status SqliteTables::NoteSeen(int64_t device, const TableId& table, int64_t now_unix_ns) {
  return database_
      .Prepare(
          "UPDATE device_table SET seen_unix_ns = ?1 WHERE device = ?2 AND table_id = ?3"
          " AND seen_unix_ns < ?4")
      .Bind(now_unix_ns)
      .Bind(device)
      .BindBlob(table)
      .Bind(now_unix_ns - absl::ToInt64Nanoseconds(kUseNotedEvery))
      .Run();
}

}  // namespace godwit::collector
