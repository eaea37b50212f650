#include "collector/store/sqlite_records.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/text.h"
#include "collector/store/merged_record.h"
#include "collector/store/sqlite_accounting.h"
#include "collector/store/sqlite_alerts.h"
#include "collector/store/sqlite_bounds.h"
#include "collector/store/sqlite_clocks.h"
#include "collector/store/sqlite_devices.h"
#include "collector/store/sqlite_record_reader.h"
#include "collector/store/sqlite_record_rows.h"
#include "collector/store/sqlite_reports.h"
#include "collector/store/sqlite_tables.h"

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

StatusOr<Outcome> SqliteRecords::Commit(const Delivery& delivery, int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t device, SqliteDevices(database_).Key(delivery.device_id));
  if (delivery.report) {
    GODWIT_RETURN_IF_ERROR(SqliteReports(database_).Note(device, *delivery.report, now_unix_ns));
  }
  GODWIT_ASSIGN_OR_RETURN(const auto refusal, Admit(device, delivery, now_unix_ns));
  if (refusal) return OutcomeOf(refusal->bound);
  SqliteTables tables(database_);
  for (const IncomingTable& table : delivery.tables) {
    GODWIT_RETURN_IF_ERROR(tables.Put(device, table, now_unix_ns));
  }
  if (!delivery.record) return Outcome::kCommitted;
  GODWIT_ASSIGN_OR_RETURN(const Outcome shapes,
                          tables.Check(device, delivery.record->blocks, now_unix_ns));
  if (shapes != Outcome::kCommitted) return shapes;
  GODWIT_ASSIGN_OR_RETURN(const Outcome outcome,
                          StoreRecord(device, *delivery.record, now_unix_ns));
  const bool stored = outcome == Outcome::kCommitted;
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("UPDATE device SET last_seen_unix_ns = ?, records = records + ?,"
                   " samples = samples + ?, duplicates = duplicates + ?,"
                   " span_ns_max = max(span_ns_max, ?) WHERE key = ?")
          .Bind(now_unix_ns)
          .Bind(stored)
          .Bind(stored ? delivery.record->samples : 0)
          .Bind(outcome == Outcome::kDuplicate)
          .Bind(stored ? SubtractSaturated(delivery.record->last_unix_ns,
                                           delivery.record->first_unix_ns)
                       : 0)
          .Bind(device)
          .Run());
  return outcome;
}

// Settles the copies in quarantine. Returns nothing if the device may bring the rest, too.
StatusOr<std::optional<Postponement>> SqliteRecords::Admit(int64_t device, const Delivery& delivery,
                                                           int64_t now_unix_ns) {
  SqliteBounds bounds(database_);
  if (!delivery.quarantined.empty()) {
    GODWIT_ASSIGN_OR_RETURN(
        const auto refusal, bounds.AdmitAccount(device, now_unix_ns, [&]() -> Status {
          SqliteAccounting accounting(database_);
          for (const QuarantinedRecords& copies : delivery.quarantined) {
            GODWIT_RETURN_IF_ERROR(accounting.SettleRejected(device, copies, now_unix_ns));
          }
          return absl::OkStatus();
        }));
    if (refusal) return refusal;
  }
  if (!delivery.record && delivery.tables.empty()) return std::optional<Postponement>();
  return bounds.AdmitRecord(device, delivery, now_unix_ns);
}

// Nothing when the record is not there (any more).
StatusOr<std::optional<uint64_t>> SqliteRecords::StoredChecksum(int64_t run, Seq seq) {
  Statement find = database_.Prepare(
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

// Nothing when the record is to be stored.
StatusOr<std::optional<Outcome>> SqliteRecords::KnownOutcome(int64_t device, const StoredRun& run,
                                                             const IncomingRecord& record,
                                                             int64_t now_unix_ns) {
  SqliteAccounting accounting(database_);
  const Seq seq = record.name.seq;
  GODWIT_ASSIGN_OR_RETURN(const SeqSet settled, accounting.SettledWithin(run, {seq, seq}));
  if (settled.empty()) return std::optional<Outcome>();
  GODWIT_ASSIGN_OR_RETURN(const auto stored, StoredChecksum(run.key, seq));
  if (stored) {
    if (*stored == record.checksum) return std::optional<Outcome>(Outcome::kDuplicate);
    GODWIT_RETURN_IF_ERROR(SqliteAlerts(database_).Raise(
        device, "conflict",
        Cat("record ", Hex(record.name.run), "/", seq,
            ": other bytes are stored under this name; do two agents write its spool?"),
        now_unix_ns));
    return std::optional<Outcome>(Outcome::kConflict);
  }
  const Status healed = accounting.HealGap(run, seq);
  // Settled, not stored, no gap and not rejected: it was stored once, and retention has taken it.
  if (absl::IsNotFound(healed)) return std::optional<Outcome>(Outcome::kDuplicate);
  GODWIT_RETURN_IF_ERROR(healed);
  return std::optional<Outcome>();
}

StatusOr<Outcome> SqliteRecords::StoreRecord(int64_t device, const IncomingRecord& record,
                                             int64_t now_unix_ns) {
  SqliteRuns runs(database_);
  SqliteRecordRows rows(database_);
  GODWIT_ASSIGN_OR_RETURN(const StoredRun run, runs.Put(device, record.name.run, 0));
  GODWIT_ASSIGN_OR_RETURN(const auto known, KnownOutcome(device, run, record, now_unix_ns));
  if (known) return *known;
  GODWIT_ASSIGN_OR_RETURN(const StoredAs stored, Insert(device, run, record, now_unix_ns));
  GODWIT_RETURN_IF_ERROR(
      SqliteAccounting(database_).Settle(run, {record.name.seq, record.name.seq}));
  GODWIT_RETURN_IF_ERROR(runs.NoteFirstCommit(device, run, now_unix_ns));
  GODWIT_RETURN_IF_ERROR(rows.PutBlocks(record.blocks, stored.key));
  GODWIT_RETURN_IF_ERROR(rows.CountBytes(stored.key, 1));
  GODWIT_RETURN_IF_ERROR(SqliteHeads(database_).Put(device, run, record, stored, now_unix_ns));
  return Outcome::kCommitted;
}

StatusOr<StoredAs> SqliteRecords::Insert(int64_t device, const StoredRun& run,
                                         const IncomingRecord& record, int64_t now_unix_ns) {
  GODWIT_ASSIGN_OR_RETURN(const StoredBoot boot,
                          SqliteClocks(database_).Learn(device, record.clock));
  const int64_t shift = boot.clock.ShiftOf(record.clock);
  const int64_t last_unix_ns = AddSaturated(record.last_unix_ns, shift);
  StoredAs stored{.timed = boot.clock.QualityOf(record.clock) != TimeQuality::kUnknown};
  stored.age_unix_ns = stored.timed ? std::min(last_unix_ns, now_unix_ns) : now_unix_ns;
  GODWIT_ASSIGN_OR_RETURN(const uint64_t last_number, LastCommitNumber(database_));
  GODWIT_RETURN_IF_ERROR(
      database_
          .Prepare("INSERT INTO record (device, run, seq, last_seq, checksum, first_unix_ns,"
                   " last_unix_ns, boot, wall_offset_ns, synchronised, shift_ns, age_unix_ns,"
                   " waits_since_unix_ns, commit_number, batch)"
                   " VALUES (?1, ?2, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)")
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
          .Bind(last_number + 1)
          .BindBlob(record.batch)
          .Run());
  stored.key = database_.last_insert_rowid();
  GODWIT_RETURN_IF_ERROR(
      database_.Prepare("INSERT INTO committed (number, device, record) VALUES (?, ?, ?)")
          .Bind(last_number + 1)
          .Bind(device)
          .Bind(stored.key)
          .Run());
  return stored;
}

}  // namespace godwit::collector
