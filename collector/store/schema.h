// Defines the store's tables in version 8. migrations.h upgrades older stores.
#pragma once

#include <cstdint>

namespace godwit::collector {

// The value of PRAGMA user_version: this mark, "gw", plus the number of the version.
inline constexpr int64_t kSchemaMark = 0x6777'0000;
inline constexpr int64_t kSchemaVersion = kSchemaMark + 8;

inline constexpr char kSchema[] = R"sql(
CREATE TABLE meta (
  store_id BLOB NOT NULL               -- 16 random bytes
) STRICT;

CREATE TABLE device (
  key INTEGER PRIMARY KEY,             -- see row_place.h
  device_id TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  boot_id BLOB NOT NULL,
  agent_version TEXT NOT NULL,
  wall_synchronised INTEGER NOT NULL,
  last_seen_unix_ns INTEGER NOT NULL,
  records INTEGER NOT NULL DEFAULT 0,
  samples INTEGER NOT NULL DEFAULT 0,
  duplicates INTEGER NOT NULL DEFAULT 0,
  span_ns_max INTEGER NOT NULL DEFAULT 0,     -- no record of it is longer
  record_bytes INTEGER NOT NULL DEFAULT 0,    -- about what its records take of the file: what
                                              -- retention can free
  opened_unix_ns INTEGER NOT NULL DEFAULT 0,  -- when it last opened a session
  series INTEGER,                             -- rows of device_series; NULL: not counted
  -- What it last reported of its own state with a record; more is in `report`.
  reported_unix_ns INTEGER,                   -- NULL: it has reported nothing
  spool_bytes INTEGER NOT NULL DEFAULT 0,
  spool_bytes_max INTEGER NOT NULL DEFAULT 0,
  spool_bytes_per_day INTEGER NOT NULL DEFAULT 0,
  waiting_records INTEGER NOT NULL DEFAULT 0,
  disk TEXT NOT NULL DEFAULT '',
  copies_aside INTEGER NOT NULL DEFAULT 0     -- rejected records that it keeps in quarantine
) STRICT;

CREATE TABLE label (
  device INTEGER NOT NULL REFERENCES device,
  name TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (device, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  key INTEGER PRIMARY KEY,             -- see row_place.h
  device INTEGER NOT NULL REFERENCES device,
  run_id INTEGER NOT NULL,             -- 64 bits, as signed
  follows_run INTEGER NOT NULL,        -- 0: none
  run_order INTEGER NOT NULL,          -- one more than that of the run it follows; the last of all
                                       -- when it follows none
  unclean_end INTEGER NOT NULL DEFAULT 0,  -- cut off: samples behind its last record are lost
  first_commit_unix_ns INTEGER,        -- NULL: none of its records was ever stored
  named_unix_ns INTEGER NOT NULL DEFAULT 0,  -- when a session last named it, to a day; 0: not known
  UNIQUE (device, run_id)
) STRICT;

CREATE INDEX run_by_order ON run (device, run_order);
CREATE INDEX run_by_predecessor ON run (device, follows_run);

-- One boot of a device, and what its boot clock is worth.
CREATE TABLE boot (
  key INTEGER PRIMARY KEY,
  device INTEGER NOT NULL REFERENCES device,
  boot_id BLOB NOT NULL,
  offset_ns INTEGER,                   -- wall clock minus boot clock; NULL: not known yet
  uncertainty_ns INTEGER NOT NULL DEFAULT 0,
  superseded_unix_ns INTEGER,          -- when another boot took its place
  repaired_to INTEGER,                 -- of its records that were read by an unknown clock: those
                                       -- up to this key have the times that the offset gives, the
                                       -- others will; NULL: all have
  UNIQUE (device, boot_id)
) STRICT;

CREATE INDEX boot_to_repair ON boot (key) WHERE repaired_to IS NOT NULL;
CREATE INDEX boot_current ON boot (device) WHERE superseded_unix_ns IS NULL;

-- Ranges of sequence numbers of records that are committed, rejected with a copy kept, or a gap.
-- They are deleted with their run.
CREATE TABLE settled (
  run INTEGER NOT NULL REFERENCES run,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  PRIMARY KEY (run, first_seq)
) STRICT, WITHOUT ROWID;

-- Ranges of sequence numbers of records that exist nowhere.
CREATE TABLE gap (
  run INTEGER NOT NULL REFERENCES run,
  first_seq INTEGER NOT NULL,
  last_seq INTEGER NOT NULL,
  reason TEXT NOT NULL,
  noted_unix_ns INTEGER NOT NULL,
  PRIMARY KEY (run, first_seq)
) STRICT, WITHOUT ROWID;

-- Sequence numbers of rejected records whose copies the device keeps in quarantine; they are
-- settled.
CREATE TABLE rejected (
  run INTEGER NOT NULL REFERENCES run,
  seq INTEGER NOT NULL,
  noted_unix_ns INTEGER NOT NULL,
  PRIMARY KEY (run, seq)
) STRICT, WITHOUT ROWID;

-- A record as it came, or consecutive ones of a run merged: then `checksums` has those of all of
-- them, the batch is empty, and the values are in `slice`. Those of one run do not overlap.
-- The batch is last, so that reading the times reads no overflow page.
CREATE TABLE record (
  key INTEGER PRIMARY KEY,             -- of one that was removed, it is used again
  device INTEGER,                      -- that of its run
  run INTEGER NOT NULL REFERENCES run,
  seq INTEGER NOT NULL,                -- the first
  last_seq INTEGER NOT NULL,
  checksum INTEGER NOT NULL,           -- 0 when merged
  checksums BLOB,                      -- 8 bytes for each seq, little-endian
  first_unix_ns INTEGER NOT NULL,      -- corrected by shift_ns
  last_unix_ns INTEGER NOT NULL,
  boot INTEGER,
  wall_offset_ns INTEGER NOT NULL,     -- the batch's own: wall clock minus boot clock
  synchronised INTEGER NOT NULL,
  shift_ns INTEGER NOT NULL,           -- from the batch's times to the true ones
  age_unix_ns INTEGER NOT NULL,        -- what retention counts from
  waits_since_unix_ns INTEGER,         -- to be merged, that long; NULL: it stays as it is
  commit_number INTEGER,               -- its place in `committed`; NULL: it is not there
  batch BLOB NOT NULL,
  UNIQUE (run, seq)
) STRICT;

CREATE INDEX record_by_age ON record (age_unix_ns);
CREATE INDEX record_by_time ON record (device, first_unix_ns);
CREATE INDEX record_to_merge ON record (waits_since_unix_ns)
  WHERE waits_since_unix_ns IS NOT NULL;
CREATE INDEX record_unsynchronised ON record (boot) WHERE synchronised = 0;

-- The order in which records were committed, of all devices: the end of this table is on one page
-- for all devices. Merged records, and those from before version 8, are not here. Beside `record`,
-- because keys of that are used again.
CREATE TABLE committed (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  device INTEGER NOT NULL,             -- that of its record
  record INTEGER NOT NULL              -- not a reference: that would need an index
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
  columns INTEGER NOT NULL DEFAULT 0,
  -- Of a merged record: where its slices begin, and how many columns each has; the last has less.
  first_slice INTEGER,
  slice_columns INTEGER,
  PRIMARY KEY (record, number)
) STRICT, WITHOUT ROWID;

-- Columns of one table of a merged record: a batch of one block that has those columns only. The
-- key is 4096 times that of its record, and its number.
CREATE TABLE slice (
  key INTEGER PRIMARY KEY,
  batch BLOB NOT NULL
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
  seen_unix_ns INTEGER NOT NULL DEFAULT 0,  -- when the device last brought it, or a record that
                                            -- uses it, to a day; 0: not known
  PRIMARY KEY (device, table_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_table_by_table ON device_table (table_id);

-- The newest record that has a block of a table, by seq within a run, by time over several: where
-- the latest values are.
CREATE TABLE head (
  device INTEGER NOT NULL REFERENCES device,
  table_id BLOB NOT NULL,
  run_order INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  record INTEGER NOT NULL,             -- not a reference: that would need an index
  PRIMARY KEY (device, table_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE alert (
  device INTEGER NOT NULL REFERENCES device,
  kind TEXT NOT NULL,
  detail TEXT NOT NULL,                -- the newest
  first_unix_ns INTEGER NOT NULL,
  last_unix_ns INTEGER NOT NULL,
  count INTEGER NOT NULL,
  acknowledged INTEGER NOT NULL DEFAULT 0,  -- how many of `count`; it is open while there are more
  acknowledged_unix_ns INTEGER NOT NULL DEFAULT 0,  -- of the last acknowledgement
  acknowledged_by TEXT NOT NULL DEFAULT '',
  acknowledged_why TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (device, kind)
) STRICT, WITHOUT ROWID;

-- How fast a device brings what is new, and which quota it is over.
CREATE TABLE pace (
  device INTEGER NOT NULL REFERENCES device,
  what TEXT NOT NULL,                  -- the name of the bound
  since_unix_ns INTEGER NOT NULL,      -- when the time that is counted began
  count INTEGER NOT NULL,
  next_unix_ns INTEGER NOT NULL,       -- when a device that is slowed may come next, or was refused
  slowed INTEGER NOT NULL,
  PRIMARY KEY (device, what)
) STRICT, WITHOUT ROWID;

-- The different series of a device's tables, while limits.device_series is set.
CREATE TABLE device_series (
  device INTEGER NOT NULL REFERENCES device,
  series INTEGER NOT NULL,             -- XXH3-64 of its encoding
  PRIMARY KEY (device, series)
) STRICT, WITHOUT ROWID;

-- What a device last reported of its own state and does not report with each record: such rows are
-- large, and are seldom written.
CREATE TABLE report (
  device INTEGER PRIMARY KEY REFERENCES device,
  settings BLOB NOT NULL DEFAULT x'',  -- names, values and origins in turn, each behind its length
                                       -- (varint)
  sensors BLOB NOT NULL DEFAULT x'',   -- the state of its sensors: names, states and errors,
                                       -- each behind its length (varint), and behind each error
                                       -- seven numbers of 8 bytes, in the order of device.proto
  wall_source TEXT NOT NULL DEFAULT ''  -- what keeps its wall clock right; empty: not reported
) STRICT;

-- What operators want a device to do, and its outcome.
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
  start_id INTEGER NOT NULL DEFAULT 0,  -- of the agent's start that may run it
  begun_unix_ns INTEGER NOT NULL DEFAULT 0,
  ended_unix_ns INTEGER NOT NULL DEFAULT 0,
  output TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX command_by_device ON command (device, key);
CREATE INDEX command_open ON command (device) WHERE state < 2;

-- The text of each configuration that was offered to some device.
CREATE TABLE revision (
  revision BLOB PRIMARY KEY,           -- the first 16 bytes of SHA-256 over the text
  text TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What operators want devices to run with, and its outcome.
CREATE TABLE offer (
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

CREATE INDEX offer_by_device ON offer (device, key);
CREATE INDEX offer_by_revision ON offer (revision);

-- What each device reported that it runs with.
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
  what TEXT NOT NULL,                  -- "command", "configuration", "labels", "alerts"
  detail TEXT NOT NULL,
  issuer TEXT NOT NULL,
  message TEXT NOT NULL
) STRICT;

-- What a migration left to fill in: it is done for the keys up to `done`, and for those behind
-- `last`, which came later.
CREATE TABLE background (
  what TEXT PRIMARY KEY,
  done INTEGER NOT NULL,
  last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

}  // namespace godwit::collector
