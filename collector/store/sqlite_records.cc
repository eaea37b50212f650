// One record into the store: checked against its tables, under its name, beside what is told of its
// blocks and of the newest of each table.
#include <algorithm>

#include "base/bytes.h"
#include "base/text.h"
#include "collector/store/sqlite_store.h"

namespace godwit::collector {
namespace {

// From the end of its hour, so that those of an hour wait the same time; from now when it comes
// late, or from a clock that is ahead.
int64_t WaitsSince(int64_t first_unix_ns, int64_t now_unix_ns) {
  const int64_t hour_ns = absl::ToInt64Nanoseconds(absl::Hours(1));
  const int64_t left = SubtractSaturated(first_unix_ns, now_unix_ns);
  if (left < -hour_ns || left > hour_ns) return now_unix_ns;
  return std::max(now_unix_ns, (MergeHour(first_unix_ns) + 1) * hour_ns);
}

}  // namespace

// kCommitted when every block fits its table.
StatusOr<Outcome> SqliteStore::CheckBlocks(int64_t device, const IncomingRecord& record,
                                           int64_t now_unix_ns) {
  for (const BlockSpan& block : record.blocks) {
    {
      Statement find = database_->Prepare(
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

// Nothing when the record is not there (any more).
StatusOr<std::optional<uint64_t>> SqliteStore::StoredChecksum(int64_t run, Seq seq) {
  Statement find = database_->Prepare(
      "SELECT seq, last_seq, checksum, checksums FROM record WHERE run = ? AND seq <= ?"
      " ORDER BY seq DESC LIMIT 1");
  GODWIT_ASSIGN_OR_RETURN(const bool row, find.Bind(run).Bind(seq).Step());
  if (!row || find.Unsigned(1) < seq) return std::optional<uint64_t>();
  const std::string merged = find.Bytes(3);
  if (merged.empty()) return std::optional<uint64_t>(find.Unsigned(2));
  const uint64_t place = (seq - find.Unsigned(0)) * sizeof(uint64_t);
  uint64_t checksum = 0;
  if (place >= merged.size() || !ByteReader(std::string_view(merged).substr(place)).Get(checksum)) {
    return Error(StatusCode::kDataLoss, "store: a checksum is missing");
  }
  return std::optional<uint64_t>(checksum);
}

StatusOr<Outcome> SqliteStore::StoreRecord(int64_t device, const IncomingRecord& record,
                                           int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const Run run, PutRun(device, record.name.run, 0));
  const SeqRange seqs{record.name.seq, record.name.seq};
  GODWIT_ASSIGN_OR_RETURN(const SeqSet settled, SettledWithin(run, seqs));
  if (!settled.empty()) {
    GODWIT_ASSIGN_OR_RETURN(const auto stored, StoredChecksum(run.key, record.name.seq));
    if (stored) {
      if (*stored == record.checksum) return Outcome::kDuplicate;
      GODWIT_RETURN_IF_ERROR(RaiseAlert(
          device, "conflict",
          Cat("record ", Hex(record.name.run), "/", record.name.seq,
              ": other bytes came under a name that is taken; is its spool written by two?"),
          now_unix_ns));
      return Outcome::kConflict;
    }
    const Status healed = HealGap(run, record.name.seq);
    // Settled, not stored, no gap and not rejected: it was stored once, and retention has taken it.
    if (absl::IsNotFound(healed)) return Outcome::kDuplicate;
    GODWIT_RETURN_IF_ERROR(healed);
  }
  GODWIT_ASSIGN_OR_RETURN(Boot boot, PutBoot(device, record.clock.boot_id));
  if (boot.clock.Learn(record.clock)) GODWIT_RETURN_IF_ERROR(Relearn(boot));
  const int64_t shift = boot.clock.ShiftOf(record.clock);
  const int64_t last_unix_ns = AddSaturated(record.last_unix_ns, shift);
  StoredAs stored{.timed = boot.clock.QualityOf(record.clock) != TimeQuality::kUnknown};
  stored.age_unix_ns = stored.timed ? std::min(last_unix_ns, now_unix_ns) : now_unix_ns;
  GODWIT_RETURN_IF_ERROR(
      database_
          ->Prepare("INSERT INTO record (device, run, seq, last_seq, checksum, first_unix_ns,"
                    " last_unix_ns, boot, wall_offset_ns, synchronised, shift_ns, age_unix_ns,"
                    " waits_since_unix_ns, batch)"
                    " VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)")
          .Bind(device)
          .Bind(run.key)
          .Bind(record.name.seq)
          .Bind(record.checksum)
          .Bind(AddSaturated(record.first_unix_ns, shift))
          .Bind(last_unix_ns)
          .Bind(boot.key)
          .Bind(record.clock.wall_offset_ns)
          .Bind(record.clock.synchronised)
          .Bind(shift)
          .Bind(stored.age_unix_ns)
          .Bind(WaitsSince(AddSaturated(record.first_unix_ns, shift), now_unix_ns))
          .BindBlob(record.batch)
          .Run());
  stored.key = database_->last_insert_rowid();
  GODWIT_RETURN_IF_ERROR(NumberCommit(device, stored.key));
  GODWIT_RETURN_IF_ERROR(Settle(run, seqs));
  GODWIT_RETURN_IF_ERROR(NoteFirstCommit(device, run, now_unix_ns));
  GODWIT_RETURN_IF_ERROR(PutBlocks(record.blocks, stored.key));
  GODWIT_RETURN_IF_ERROR(CountBytes(stored.key, 1));
  GODWIT_RETURN_IF_ERROR(PutHeads(device, run, record, stored, now_unix_ns));
  return Outcome::kCommitted;
}

// Gives the record the next commit number of its device.
Status SqliteStore::NumberCommit(int64_t device, int64_t record) {
  GODWIT_RETURN_IF_ERROR(database_->Prepare("UPDATE device SET commits = commits + 1 WHERE key = ?")
                             .Bind(device)
                             .Run());
  return database_
      ->Prepare(
          "INSERT INTO committed (record, device, number)"
          " SELECT ?, key, commits FROM device WHERE key = ?")
      .Bind(record)
      .Bind(device)
      .Run();
}

Status SqliteStore::PutBlocks(const std::vector<BlockSpan>& blocks, int64_t record) {
  uint64_t number = 0;
  for (const BlockSpan& block : blocks) {
    GODWIT_RETURN_IF_ERROR(
        database_
            ->Prepare("INSERT INTO block (record, number, table_id, columns, interval_ns, ticks,"
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

// A record is newer than the head of one of its tables when it comes later in the same run, or has
// newer samples than one of another run: two agents with one id do not hide each other. Where
// the time of one of the two is not known, runs go by their order.
Status SqliteStore::PutHeads(int64_t device, const Run& run, const IncomingRecord& record,
                             const StoredAs& stored, int64_t now_unix_ns) {
  RunId overtaken = 0;
  for (const BlockSpan& block : record.blocks) {
    {
      Statement find = database_->Prepare(
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
            ->Prepare("INSERT INTO head (device, table_id, run_order, seq, record)"
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
  return RaiseAlert(device, "identity shared",
                    Cat("runs ", Hex(run.id), " and ", Hex(overtaken),
                        " bring samples in turn: two agents have this id"),
                    now_unix_ns);
}

}  // namespace godwit::collector
