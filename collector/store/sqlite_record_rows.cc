#include "collector/store/sqlite_record_rows.h"

#include <map>

#include "collector/limits.h"
#include "collector/store/merged_record.h"
#include "collector/store/record_bytes.h"

namespace godwit::collector {

Status SqliteRecordRows::PutBlocks(const std::vector<BlockSpan>& blocks, int64_t record) {
  uint64_t number = 0;
  for (const BlockSpan& block : blocks) {
    GODWIT_RETURN_IF_ERROR(
        database_
            .Prepare("INSERT INTO block (record, number, table_id, columns, interval_ns, ticks,"
                     " first_unix_ns, last_unix_ns, missing) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)")
            .Bind(record)
            .Bind(number++)
            .BindBlob(block.table)
            .Bind(uint64_t{block.columns})
            .Bind(block.interval_ns)
            .Bind(uint64_t{block.ticks})
            .Bind(block.first_unix_ns)
            .Bind(block.last_unix_ns)
            .Bind(block.missing)
            .Run());
  }
  return absl::OkStatus();
}

Status SqliteRecordRows::CountBytes(int64_t record, int64_t sign) {
  return database_
      .Prepare(
          "UPDATE device SET record_bytes = record_bytes + ?1 *"
          " (SELECT " GODWIT_RECORD_BYTES
          " FROM record WHERE key = ?2)"
          " WHERE key = (SELECT device FROM record WHERE key = ?2) AND NOT EXISTS"
          " (SELECT 1 FROM background WHERE what = ?3 AND ?2 > done AND ?2 <= last)")
      .Bind(sign)
      .Bind(record)
      .BindText(kRecordBytesFill)
      .Run();
}

Status SqliteRecordRows::Delete(int64_t record) {
  GODWIT_RETURN_IF_ERROR(CountBytes(record, -1));
  GODWIT_RETURN_IF_ERROR(database_.Prepare("DELETE FROM slice WHERE key BETWEEN ? AND ?")
                             .Bind(SliceKey(record, 0))
                             .Bind(SliceKey(record, kSlicesPerRecordMax - 1))
                             .Run());
  GODWIT_RETURN_IF_ERROR(DropNumber(record));
  return database_.Prepare("DELETE FROM record WHERE key = ?").Bind(record).Run();
}

Status SqliteRecordRows::DropNumber(int64_t record) {
  return database_
      .Prepare(
          "DELETE FROM committed WHERE number = (SELECT commit_number FROM record WHERE key = ?)")
      .Bind(record)
      .Run();
}

StatusOr<bool> SqliteRecordRows::FillIn() {
  Transaction transaction(database_);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  int64_t done = 0;
  int64_t last = 0;
  {
    Statement find = database_.Prepare("SELECT done, last FROM background WHERE what = ?");
    GODWIT_ASSIGN_OR_RETURN(const bool row, find.BindText(kRecordBytesFill).Step());
    if (!row) return false;
    done = find.Integer(0);
    last = find.Integer(1);
  }
  std::map<int64_t, int64_t> bytes;  // by device
  bool more = false;
  {
    Statement rows = database_.Prepare("SELECT key, device, " GODWIT_RECORD_BYTES
                                       " FROM record WHERE key > ? AND key <= ?"
                                       " ORDER BY key LIMIT ?");
    rows.Bind(done).Bind(last).Bind(uint64_t{kFillInRecords});
    while (true) {
      GODWIT_ASSIGN_OR_RETURN(more, rows.Step());
      if (!more) break;
      done = rows.Integer(0);
      bytes[rows.Integer(1)] += rows.Integer(2);
    }
  }
  more = !bytes.empty();
  for (const auto& [device, count] : bytes) {
    GODWIT_RETURN_IF_ERROR(
        database_.Prepare("UPDATE device SET record_bytes = record_bytes + ? WHERE key = ?")
            .Bind(count)
            .Bind(device)
            .Run());
  }
  GODWIT_RETURN_IF_ERROR(database_
                             .Prepare(more ? "UPDATE background SET done = ? WHERE what = ?"
                                           : "DELETE FROM background WHERE done <= ? AND what = ?")
                             .Bind(done)
                             .BindText(kRecordBytesFill)
                             .Run());
  GODWIT_RETURN_IF_ERROR(transaction.Commit());
  database_.Checkpoint();
  return more;
}

}  // namespace godwit::collector
