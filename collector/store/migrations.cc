#include "collector/store/migrations.h"

#include <cstdint>

#include "base/log.h"
#include "base/text.h"
#include "collector/store/record_bytes.h"

namespace godwit::collector {
namespace {

constexpr char kTo7[] = "ALTER TABLE report ADD COLUMN wall_source TEXT NOT NULL DEFAULT ''";

constexpr char kTo8[] = R"sql(
ALTER TABLE device ADD COLUMN record_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN opened_unix_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN series INTEGER;
ALTER TABLE alert ADD COLUMN acknowledged INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alert ADD COLUMN acknowledged_unix_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE alert ADD COLUMN acknowledged_by TEXT NOT NULL DEFAULT '';
ALTER TABLE alert ADD COLUMN acknowledged_why TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN reported_unix_ns INTEGER;
ALTER TABLE device ADD COLUMN spool_bytes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN spool_bytes_max INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN spool_bytes_per_day INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN waiting_records INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN disk TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN copies_aside INTEGER NOT NULL DEFAULT 0;
ALTER TABLE run ADD COLUMN named_unix_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE device_table ADD COLUMN seen_unix_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE boot ADD COLUMN repaired_to INTEGER;
ALTER TABLE record ADD COLUMN commit_number INTEGER;

-- Offers again, which refer to their texts now. Those whose text is gone could never be fetched.
CREATE TABLE referring_offer (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  offer_id BLOB NOT NULL UNIQUE,
  device INTEGER NOT NULL REFERENCES device,
  revision BLOB REFERENCES revision,
  issuer TEXT NOT NULL,
  message TEXT NOT NULL,
  issued_unix_ns INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  reported_unix_ns INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO referring_offer SELECT key, offer_id, device, nullif(revision, x''), issuer, message,
    issued_unix_ns, state, reason, reported_unix_ns FROM offer
  WHERE revision = x'' OR revision IN (SELECT revision FROM revision);
DELETE FROM sqlite_sequence WHERE name = 'referring_offer';
INSERT INTO sqlite_sequence SELECT 'referring_offer', seq FROM sqlite_sequence
  WHERE name = 'offer';
DROP TABLE offer;
ALTER TABLE referring_offer RENAME TO offer;

CREATE INDEX offer_by_device ON offer (device, key);
CREATE INDEX offer_by_revision ON offer (revision);
CREATE INDEX device_table_by_table ON device_table (table_id);
CREATE INDEX boot_to_repair ON boot (key) WHERE repaired_to IS NOT NULL;
CREATE INDEX boot_current ON boot (device) WHERE superseded_unix_ns IS NULL;
CREATE INDEX run_by_order ON run (device, run_order);
CREATE INDEX run_by_predecessor ON run (device, follows_run);
CREATE INDEX command_open ON command (device) WHERE state < 2;

CREATE TABLE committed (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  device INTEGER NOT NULL,
  record INTEGER NOT NULL
) STRICT;

-- Reports in two parts: what comes with each record is beside what is written with each.
UPDATE device SET (reported_unix_ns, spool_bytes, spool_bytes_max, spool_bytes_per_day,
    waiting_records, disk, copies_aside) = (SELECT reported_unix_ns, spool_bytes, spool_bytes_max,
    spool_bytes_per_day, waiting_records, disk, copies_aside FROM report
    WHERE report.device = device.key)
  WHERE key IN (SELECT device FROM report);
CREATE TABLE seldom_report (
  device INTEGER PRIMARY KEY REFERENCES device,
  settings BLOB NOT NULL DEFAULT x'',
  sensors BLOB NOT NULL DEFAULT x'',
  wall_source TEXT NOT NULL DEFAULT ''
) STRICT;
INSERT INTO seldom_report SELECT device, settings, sensors, wall_source FROM report;
DROP TABLE report;
ALTER TABLE seldom_report RENAME TO report;

-- Heads again, without a reference and its index.
CREATE TABLE free_head (
  device INTEGER NOT NULL REFERENCES device,
  table_id BLOB NOT NULL,
  run_order INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  record INTEGER NOT NULL,
  PRIMARY KEY (device, table_id)
) STRICT, WITHOUT ROWID;
INSERT INTO free_head SELECT device, table_id, run_order, seq, record FROM head;
DROP TABLE head;
ALTER TABLE free_head RENAME TO head;

CREATE TABLE background (
  what TEXT PRIMARY KEY,
  done INTEGER NOT NULL,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE pace (
  device INTEGER NOT NULL REFERENCES device,
  what TEXT NOT NULL,
  since_unix_ns INTEGER NOT NULL,
  count INTEGER NOT NULL,
  next_unix_ns INTEGER NOT NULL,
  slowed INTEGER NOT NULL,
  PRIMARY KEY (device, what)
) STRICT, WITHOUT ROWID;

CREATE TABLE device_series (
  device INTEGER NOT NULL REFERENCES device,
  series INTEGER NOT NULL,
  PRIMARY KEY (device, series)
) STRICT, WITHOUT ROWID;
)sql";

// Offers, reports and heads are written once more, and their old pages may be, too; rows of devices
// grow. A new index has an entry of at most 64 bytes for each row.
constexpr char kTo8Bytes[] = R"sql(
SELECT (SELECT coalesce(sum(300 + 2 * (length(CAST(issuer AS BLOB)) +
          length(CAST(message AS BLOB)) + length(CAST(reason AS BLOB)))), 0) FROM offer)
  + 64 * (SELECT count(*) FROM device_table) + 64 * (SELECT count(*) FROM boot)
  + 64 * (SELECT count(*) FROM command) + 128 * (SELECT count(*) FROM run)
  + 300 * (SELECT count(*) FROM head)
  + (SELECT coalesce(sum(400 + 3 * (length(settings) + length(sensors) +
       length(CAST(disk AS BLOB)))), 0) FROM report)
  + (SELECT coalesce(sum(400 + 3 * (length(CAST(device_id AS BLOB)) + length(CAST(name AS BLOB)) +
       length(CAST(agent_version AS BLOB)))), 0) FROM device)
)sql";

constexpr Migration kMigrations[] = {
    {.version = kSchemaMark + 7, .statements = kTo7},
    {.version = kSchemaMark + 8, .statements = kTo8, .fill = kRecordBytesFill, .bytes = kTo8Bytes},
};
static_assert(std::size(kMigrations) == kSchemaVersion - kSchemaVersionOldest);

Status OtherVersion(int64_t found) {
  const int64_t number = found - kSchemaMark;
  std::string why;
  if (number < 0 || number > 0xffff) {
    why = Cat("this is not a store of godwit-collector (user_version ", found, ")");
  } else if (found < kSchemaVersionOldest) {
    why = Cat("a collector older than version 0.1 wrote it (store version ", number,
              ", this one reads ", kSchemaVersionOldest - kSchemaMark, " and later): open it once",
              " with godwit-collector 0.1, which upgrades it to version 6");
  } else if (found > kSchemaVersion) {
    why = Cat("a newer collector wrote it (store version ", number, ", this one writes ",
              kSchemaVersion - kSchemaMark,
              "): install that collector again, or restore a backup of an older store");
  } else {
    why = Cat("it is of version ", number, ", this is for ", kSchemaVersion - kSchemaMark,
              ": a collector that opens it upgrades it");
  }
  return Error(StatusCode::kFailedPrecondition, "store: " + why);
}

// Those that a store of version `from` has not seen.
std::span<const Migration> MigrationsFrom(int64_t from) {
  return Migrations().subspan(static_cast<size_t>(from - kSchemaVersionOldest));
}

Status CheckRoom(Database& database, int64_t from, const FreeSpace& free_space) {
  GODWIT_ASSIGN_OR_RETURN(const ByteCount room, MigrationRoom(database, from));
  const StatusOr<Space> space = free_space == nullptr ? Space{.available = room} : free_space();
  if (!space.ok() || space->available >= room) return absl::OkStatus();
  return Error(
      StatusCode::kResourceExhausted,
      Cat("store: the upgrade from version ", from - kSchemaMark, " to ",
          kSchemaVersion - kSchemaMark, " needs up to ", SizeText(room),
          " of disk space, but only ", SizeText(space->available),
          " are free: free some space and start the collector again; nothing has changed"));
}

Status Take(Database& database, const Migration& migration) {
  GODWIT_RETURN_IF_ERROR(database.Execute(migration.statements));
  if (migration.fill == nullptr) return absl::OkStatus();
  return database
      .Prepare("INSERT INTO background SELECT ?, 0, key FROM record ORDER BY key DESC LIMIT 1")
      .BindText(migration.fill)
      .Run();
}

}  // namespace

std::span<const Migration> Migrations() {
  return kMigrations;
}

StatusOr<int64_t> VersionOf(Database& database) {
  Statement version = database.Prepare("PRAGMA user_version");
  GODWIT_RETURN_IF_ERROR(version.Step().status());
  return version.Integer(0);
}

Status CheckVersion(Database& database) {
  GODWIT_ASSIGN_OR_RETURN(const int64_t found, VersionOf(database));
  return found == kSchemaVersion ? absl::OkStatus() : OtherVersion(found);
}

StatusOr<ByteCount> MigrationRoom(Database& database, int64_t from) {
  ByteCount bytes = 0;
  for (const Migration& migration : MigrationsFrom(from)) {
    bytes += kMigrationBytesMin;
    if (migration.bytes == nullptr) continue;
    Statement most = database.Prepare(migration.bytes);
    GODWIT_RETURN_IF_ERROR(most.Step().status());
    bytes += most.Unsigned(0);
  }
  constexpr ByteCount kKiB = 1024;
  return 3 * (bytes + kKiB - 1) / kKiB * kKiB;  // in the log, in the file, sorted
}

Status Migrate(Database& database, int64_t from, const FreeSpace& free_space) {
  if (from < kSchemaVersionOldest || from >= kSchemaVersion) return OtherVersion(from);
  GODWIT_RETURN_IF_ERROR(CheckRoom(database, from, free_space));
  LogInfo(Cat("store: upgrading from version ", from - kSchemaMark, " to version ",
              kSchemaVersion - kSchemaMark));
  Transaction transaction(database);
  GODWIT_RETURN_IF_ERROR(transaction.Begin());
  for (const Migration& migration : MigrationsFrom(from)) {
    GODWIT_RETURN_IF_ERROR(Take(database, migration));
  }
  GODWIT_RETURN_IF_ERROR(database.Execute(Cat("PRAGMA user_version=", kSchemaVersion).c_str()));
  return transaction.Commit();
}

}  // namespace godwit::collector
