// The store's tables, and how those of an older version become them.
#pragma once

#include <cstdint>
#include <string>

namespace godwit::collector {

// "gw" and a number: kept in PRAGMA user_version.
inline constexpr int kSchemaVersionOldest = 0x6777'0000;
inline constexpr int kSchemaVersion = 0x6777'0008;

// What is said of a store of version `found` that this collector does not read.
std::string OtherVersion(int64_t found);

inline constexpr char kSchemaFrom0To1[] =
    "ALTER TABLE run ADD COLUMN unclean_end INTEGER NOT NULL DEFAULT 0";

// What records say of their blocks and clocks is filled in from their batches.
inline constexpr char kSchemaFrom1To2[] = R"sql(
ALTER TABLE run ADD COLUMN first_commit_unix_ns INTEGER;
ALTER TABLE record ADD COLUMN boot INTEGER;
ALTER TABLE record ADD COLUMN wall_offset_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN synchronised INTEGER NOT NULL DEFAULT 1;
ALTER TABLE record ADD COLUMN shift_ns INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN age_unix_ns INTEGER NOT NULL DEFAULT 0;
UPDATE record SET age_unix_ns = last_unix_ns;
UPDATE run SET first_commit_unix_ns = 0 WHERE EXISTS (SELECT 1 FROM record WHERE run = run.key);
)sql";

// New in version 2.
inline constexpr char kSchemaSince2[] = R"sql(
-- One boot of a device, and what its boot clock is worth.
CREATE TABLE boot (
  key INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES device,
  boot_id BLOB NOT NULL,
  offset_ns INTEGER,                   -- wall clock minus boot clock; NULL: not known yet
  uncertainty_ns INTEGER NOT NULL DEFAULT 0,
  superseded_unix_ns INTEGER,          -- when another boot took its place
  UNIQUE (device, boot_id)
) STRICT;

-- A record's blocks, without their values.
CREATE TABLE block (
  record INTEGER NOT NULL REFERENCES record ON DELETE CASCADE,
  number INTEGER NOT NULL,
  table_id BLOB NOT NULL,
  interval_ns INTEGER NOT NULL,
  ticks INTEGER NOT NULL,
  first_unix_ns INTEGER NOT NULL,      -- by the batch's own clock
  last_unix_ns INTEGER NOT NULL,
  missing INTEGER NOT NULL,            -- ticks of the grid between those two that are not there
  PRIMARY KEY (record, number)
) STRICT, WITHOUT ROWID;

-- Seqs that were rejected, and of which the device keeps a copy; they are settled.
CREATE TABLE rejected (
  run INTEGER NOT NULL REFERENCES run,
  seq INTEGER NOT NULL,
  noted_unix_ns INTEGER NOT NULL,
  PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
  device INTEGER NOT NULL REFERENCES device,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL,                -- the newest
  first_unix_ns INTEGER NOT NULL,
  last_unix_ns INTEGER NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (device, kind)
) STRICT, WITHOUT ROWID;

CREATE INDEX record_by_age ON record (age_unix_ns);
CREATE INDEX record_unsynchronised ON record (boot) WHERE synchronised = 0;
CREATE INDEX head_by_record ON head (record);
)sql";

// Merged records, an index by time, what devices report. `record` gets its new columns behind the
// batch here, in front of it in a new store: no statement depends on their order.
inline constexpr char kSchemaFrom2To3[] = R"sql(
ALTER TABLE device ADD COLUMN span_ns_max INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN device INTEGER;
ALTER TABLE record ADD COLUMN last_seq INTEGER NOT NULL DEFAULT 0;
ALTER TABLE record ADD COLUMN checksums BLOB;
ALTER TABLE record ADD COLUMN waits_since_unix_ns INTEGER;
)sql";

// After what version 2 keeps beside a batch is there.
inline constexpr char kFillIn3[] = R"sql(
UPDATE record SET device = (SELECT device FROM run WHERE run.key = record.run), last_seq = seq,
  waits_since_unix_ns = age_unix_ns;
UPDATE block SET columns =
  coalesce((SELECT series FROM series_table WHERE series_table.table_id = block.table_id), 0);
UPDATE device SET span_ns_max =
  coalesce((SELECT max(last_unix_ns - first_unix_ns) FROM record WHERE device = device.key), 0);
)sql";

// New in version 3; new and older stores alike.
inline constexpr char kSchemaSince3[] = R"sql(
-- Columns of one table of a merged record: a batch of one block that has those columns only. The
-- key is 4096 times that of its record, and its number.
CREATE TABLE slice (
  key INTEGER PRIMARY KEY,
  batch BLOB NOT NULL
) STRICT;

-- What a device last said of its own state.
CREATE TABLE report (
  device INTEGER PRIMARY KEY REFERENCES device,
  reported_unix_ns INTEGER NOT NULL,
  spool_bytes INTEGER NOT NULL,
  spool_bytes_max INTEGER NOT NULL,
  spool_bytes_per_day INTEGER NOT NULL,
  waiting_records INTEGER NOT NULL,
  disk TEXT NOT NULL,
  copies_aside INTEGER NOT NULL,
  settings BLOB NOT NULL               -- names and values in turn, each behind its length (varint)
) STRICT;

ALTER TABLE block ADD COLUMN columns INTEGER NOT NULL DEFAULT 0;
-- Of a merged record: where its slices begin, and how many columns each has; the last has less.
ALTER TABLE block ADD COLUMN first_slice INTEGER;
ALTER TABLE block ADD COLUMN slice_columns INTEGER;

CREATE INDEX record_by_time ON record (device, first_unix_ns);
CREATE INDEX record_to_merge ON record (waits_since_unix_ns)
  WHERE waits_since_unix_ns IS NOT NULL;
)sql";

// New in version 4; new and older stores alike.
inline constexpr char kSchemaSince4[] = R"sql(
-- How a device's sensors fare: names, states and errors, each behind its length (varint), and
-- behind each error seven numbers of 8 bytes, in the order of device.proto.
ALTER TABLE report ADD COLUMN sensors BLOB NOT NULL DEFAULT x'';
)sql";

// New in version 5; new and older stores alike.
inline constexpr char kSchemaSince5[] = R"sql(
-- What operators want a device to do, and what became of it.
CREATE TABLE command (
  key INTEGER PRIMARY KEY,
  command_id BLOB NOT NULL UNIQUE,     -- 16 random bytes
  device INTEGER NOT NULL REFERENCES device,
  kind TEXT NOT NULL,
  arguments BLOB NOT NULL,             -- names and values in turn, each behind its length (varint)
  issuer TEXT NOT NULL,
  message TEXT NOT NULL,
  issued_unix_ns INTEGER NOT NULL,
  expires_unix_ns INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,    -- below 2: open
  start_id INTEGER NOT NULL DEFAULT 0,  -- of the agent's start that was told to go
  begun_unix_ns INTEGER NOT NULL DEFAULT 0,
  ended_unix_ns INTEGER NOT NULL DEFAULT 0,
  output TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX command_by_device ON command (device, key);
)sql";

// New in version 6; new and older stores alike.
inline constexpr char kSchemaSince6[] = R"sql(
-- The text of each configuration that was offered to some device.
CREATE TABLE revision (
  revision BLOB PRIMARY KEY,           -- the first 16 bytes of SHA-256 over the text
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What operators want devices to run with, and what became of it.
CREATE TABLE offer (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  offer_id BLOB NOT NULL UNIQUE,       -- 16 random bytes
  device INTEGER NOT NULL REFERENCES device,
  revision BLOB NOT NULL,              -- empty: the device's own files alone
  issuer TEXT NOT NULL,
  message TEXT NOT NULL,
  issued_unix_ns INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  reported_unix_ns INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX offer_by_device ON offer (device, key);

-- What each device said it runs with.
CREATE TABLE configuration (
  device INTEGER PRIMARY KEY REFERENCES device,
  effective BLOB NOT NULL,             -- empty: its own files alone
  foreign_before INTEGER NOT NULL      -- no such revision is here: offers of lower keys are not
                                       -- made; 0: it is here
) STRICT;

-- Labels that operators gave a device, beside its own.
CREATE TABLE operator_label (
  device INTEGER NOT NULL REFERENCES device,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (device, name)
) STRICT, WITHOUT ROWID;

-- What operators changed: the newest 100,000.
CREATE TABLE audit (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  time_unix_ns INTEGER NOT NULL,
  device INTEGER NOT NULL REFERENCES device,
  what TEXT NOT NULL,                  -- "command", "configuration", "labels"
  detail TEXT NOT NULL,
  issuer TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;

-- Of reports, settings: names, values and origins in turn, each behind its length (varint). The
-- devices tell them again.
UPDATE report SET settings = x'';
)sql";

// New in version 7; new and older stores alike. What keeps the device's wall clock right; empty: it
// has not said so yet.
inline constexpr char kSchemaSince7[] =
    "ALTER TABLE report ADD COLUMN wall_source TEXT NOT NULL DEFAULT ''";

// New in version 8; new and older stores alike. Nothing here takes longer for more records.
inline constexpr char kSchemaSince8[] = R"sql(
-- About what its records take of the file: what retention can free.
ALTER TABLE device ADD COLUMN record_bytes INTEGER NOT NULL DEFAULT 0;
-- When it last opened a session.
ALTER TABLE device ADD COLUMN opened_unix_ns INTEGER NOT NULL DEFAULT 0;
-- When a session last named it, to a day; 0: not known.
ALTER TABLE run ADD COLUMN named_unix_ns INTEGER NOT NULL DEFAULT 0;
-- When the device last brought it, or a record that uses it, to a day; 0: not known.
ALTER TABLE device_table ADD COLUMN seen_unix_ns INTEGER NOT NULL DEFAULT 0;

-- Of its records that were read by an unknown clock: those up to this key have the times that the
-- boot's offset gives, the others will; NULL: all have.
ALTER TABLE boot ADD COLUMN repaired_to INTEGER;

CREATE INDEX device_table_by_table ON device_table (table_id);
CREATE INDEX boot_to_repair ON boot (key) WHERE repaired_to IS NOT NULL;

-- Offers again, whose texts they hold now. Those whose text is gone could never be fetched.
CREATE TABLE holding_offer (
  key INTEGER PRIMARY KEY AUTOINCREMENT,
  offer_id BLOB NOT NULL UNIQUE,       -- 16 random bytes
  device INTEGER NOT NULL REFERENCES device,
  revision BLOB REFERENCES revision,   -- NULL: the device's own files alone
  issuer TEXT NOT NULL,
  message TEXT NOT NULL,
  issued_unix_ns INTEGER NOT NULL,
  state INTEGER NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  reported_unix_ns INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO holding_offer SELECT key, offer_id, device, nullif(revision, x''), issuer, message,
    issued_unix_ns, state, reason, reported_unix_ns FROM offer
  WHERE revision = x'' OR revision IN (SELECT revision FROM revision);
DELETE FROM sqlite_sequence WHERE name = 'holding_offer';
INSERT INTO sqlite_sequence SELECT 'holding_offer', seq FROM sqlite_sequence WHERE name = 'offer';
DROP TABLE offer;
ALTER TABLE holding_offer RENAME TO offer;
CREATE INDEX offer_by_device ON offer (device, key);
CREATE INDEX offer_by_revision ON offer (revision);

CREATE INDEX run_by_order ON run (device, run_order);
CREATE INDEX run_by_predecessor ON run (device, follows_run);
CREATE INDEX command_open ON command (device) WHERE state < 2;
CREATE INDEX boot_current ON boot (device) WHERE superseded_unix_ns IS NULL;

-- What goes on in the background after a store was brought up to date: it is done for the keys up
-- to `done`, and for those behind `last`, which came later.
CREATE TABLE background (
  what TEXT PRIMARY KEY,
  done INTEGER NOT NULL,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO background SELECT 'record bytes', 0, key FROM record ORDER BY key DESC LIMIT 1;
)sql";

inline constexpr char kSchema[] = R"sql(
CREATE TABLE meta (
  store_id BLOB NOT NULL               -- 16 random bytes
) STRICT;

CREATE TABLE device (
  key INTEGER PRIMARY KEY,
  device_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  boot_id BLOB NOT NULL,
  agent_version TEXT NOT NULL,
  wall_synchronised INTEGER NOT NULL,
  last_seen_unix_ns INTEGER NOT NULL,
  records INTEGER NOT NULL DEFAULT 0,
  samples INTEGER NOT NULL DEFAULT 0,
  duplicates INTEGER NOT NULL DEFAULT 0,
  span_ns_max INTEGER NOT NULL DEFAULT 0  -- no record of it is longer
) STRICT;

CREATE TABLE label (
  device INTEGER NOT NULL REFERENCES device,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (device, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  key INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES device,
  run_id INTEGER NOT NULL,             -- 64 bits, as signed
  follows_run INTEGER NOT NULL,        -- 0: none
  run_order INTEGER NOT NULL,          -- one more than that of the run it follows; the last of all
                                       -- when it follows none
  unclean_end INTEGER NOT NULL DEFAULT 0,  -- cut off: samples behind its last record are lost
  first_commit_unix_ns INTEGER,        -- NULL: none of its records was ever stored
  UNIQUE (device, run_id)
) STRICT;

-- Ranges of seqs that are committed, rejected with a copy kept, or a gap. They go with their run.
CREATE TABLE settled (
  run INTEGER NOT NULL REFERENCES run,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (run, first_seq)
) STRICT, WITHOUT ROWID;

-- Ranges of seqs that exist nowhere.
CREATE TABLE gap (
  run INTEGER NOT NULL REFERENCES run,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  noted_unix_ns INTEGER NOT NULL,
  PRIMARY KEY (run, first_seq)
) STRICT, WITHOUT ROWID;

-- A record as it came, or consecutive ones of a run merged: then `checksums` has those of all of
-- them, the batch is empty, and the values are in `slice`. Those of one run do not overlap.
-- The batch stands last, so that a look at the times reads no overflow page.
CREATE TABLE record (
  key INTEGER PRIMARY KEY,
  device INTEGER,                      -- that of its run
  run INTEGER NOT NULL REFERENCES run,
  seq INTEGER NOT NULL,                -- the first
  last_seq INTEGER NOT NULL,
  checksum INTEGER NOT NULL,           -- 0 when merged
  checksums BLOB,                      -- 8 bytes for each seq, little-endian
  first_unix_ns INTEGER NOT NULL,      -- put right by shift_ns
  last_unix_ns INTEGER NOT NULL,
  boot INTEGER,
  wall_offset_ns INTEGER NOT NULL,     -- the batch's own: wall clock minus boot clock
  synchronised INTEGER NOT NULL,
  shift_ns INTEGER NOT NULL,           -- from the batch's times to the true ones
  age_unix_ns INTEGER NOT NULL,        -- what retention counts from
  waits_since_unix_ns INTEGER,         -- to be merged, that long; NULL: it stays as it is
  batch BLOB NOT NULL,
  UNIQUE (run, seq)
) STRICT;

CREATE TABLE series_table (
  table_id BLOB PRIMARY KEY,
  series INTEGER NOT NULL,
  encoded BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Which tables a device has shown; a table counts as known for the device that brought it.
CREATE TABLE device_table (
  device INTEGER NOT NULL REFERENCES device,
  table_id BLOB NOT NULL REFERENCES series_table,
  PRIMARY KEY (device, table_id)
) STRICT, WITHOUT ROWID;

-- The newest record that has a block of a table, by seq within a run, by time over several: where
-- the latest values are.
CREATE TABLE head (
  device INTEGER NOT NULL REFERENCES device,
  table_id BLOB NOT NULL,
  run_order INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  record INTEGER NOT NULL REFERENCES record,
  PRIMARY KEY (device, table_id)
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace godwit::collector
