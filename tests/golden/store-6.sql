-- A store of version 0x67770006, as that version made it.
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

-- Ranges of seqs that are committed, rejected with a copy kept, or a gap. Never forgotten.
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

-- The newest record, by run and seq, that has a block of a table: where the latest values are.
CREATE TABLE head (
  device INTEGER NOT NULL REFERENCES device,
  table_id BLOB NOT NULL,
  run_order INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  record INTEGER NOT NULL REFERENCES record,
  PRIMARY KEY (device, table_id)
) STRICT, WITHOUT ROWID;

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

-- How a device's sensors fare: names, states and errors, each behind its length (varint), and
-- behind each error seven numbers of 8 bytes, in the order of device.proto.
ALTER TABLE report ADD COLUMN sensors BLOB NOT NULL DEFAULT x'';

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
