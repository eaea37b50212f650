#include "collector/store/sqlite_heads.h"

#include <utility>

#include "base/text.h"
#include "collector/store/sqlite_alerts.h"

namespace godwit::collector {

Status SqliteHeads::Put(int64_t device, const StoredRun& run, const IncomingRecord& record,
                        const StoredAs& stored, int64_t now_unix_ns) {
  RunId overtaken = 0;
  for (const BlockSpan& block : record.blocks) {
    {
      Statement find = database_.Prepare(
          "SELECT head.run_order, head.seq, record.run, age_unix_ns, run_id,"
          " synchronised OR offset_ns IS NOT NULL FROM head"
          " JOIN record ON record.key = head.record JOIN run ON run.key = record.run"
          " LEFT JOIN boot ON boot.key = record.boot"
          " WHERE head.device = ? AND head.table_id = ?");
      GODWIT_ASSIGN_OR_RETURN(const bool found, find.Bind(device).BindBlob(block.table).Step());
      if (found) {
        const uint64_t order = find.Unsigned(0);
        const std::pair age{find.Integer(3), order};
        const bool same_run = find.Integer(2) == run.key;
        const bool timed = stored.timed && find.Integer(5) != 0;
        const bool newer = same_run ? record.name.seq >= find.Unsigned(1)
                           : timed  ? std::pair{stored.age_unix_ns, run.order} >= age
                                    : run.order >= order;
        if (!newer) continue;
        if (!same_run && run.order < order) overtaken = find.Unsigned(4);
      }
    }
    GODWIT_RETURN_IF_ERROR(
        database_
            .Prepare("INSERT INTO head (device, table_id, run_order, seq, record)"
                     " VALUES (?, ?, ?, ?, ?) ON CONFLICT (device, table_id) DO UPDATE SET"
                     " run_order = excluded.run_order, seq = excluded.seq,"
                     " record = excluded.record")
            .Bind(device)
            .BindBlob(block.table)
            .Bind(run.order)
            .Bind(record.name.seq)
            .Bind(stored.key)
            .Run());
  }
  if (overtaken == 0) return absl::OkStatus();
  return SqliteAlerts(database_).Raise(device, "identity shared",
                                       Cat("runs ", Hex(run.id), " and ", Hex(overtaken),
                                           " send samples in turn: two agents use this device id"),
                                       now_unix_ns);
}

Status SqliteHeads::Remove(int64_t record) {
  return database_
      .Prepare(
          "DELETE FROM head WHERE device = (SELECT device FROM record WHERE key = ?1)"
          " AND table_id IN (SELECT table_id FROM block WHERE block.record = ?1)"
          " AND head.record = ?1")
      .Bind(record)
      .Run();
}

}  // namespace godwit::collector
