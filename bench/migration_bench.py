"""How long a large store of an older version takes to become one of today's.
usage: migration_bench.py BIN FOLDER VERSION:GIB…

A store of today's is made once, and copied into the tables of the older version (tests/golden/store-VERSION.sql), as
often as the size asks, under other names. Today's collector opens it. Prints the seconds until it serves, and until
what is filled in in the background is done; then `store verify` finds no problem, and each device has the bytes that
the store of today's has. Version 0.1 wrote stores of version 6. FOLDER is removed at the end.
"""

import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import time

os.environ["GODWIT_BIN"] = sys.argv[1]
FOLDER = pathlib.Path(sys.argv[2])
os.environ["TMPDIR"] = str(FOLDER)  # where the collector's folder is made
ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests/system"))

from harness import BIN, World, wait_until  # noqa: E402

VERSION_0 = 0x6777_0000
BYTES_PER_SAMPLE = 1.416  # docs/store.md
OPEN_S = 7200
# Copies of a store: its devices, boots, runs and records have keys of their own in each.
KEYS = {"device": 10_000, "boot": 10_000, "run": 10_000, "record": 100_000_000}
# Nothing is merged or removed meanwhile.
SETTINGS = """
merge_after = "365d"
retention = { age = "36500d", bytes = "1000GiB" }
reserve_free = "0%"
"""


def make_base():
    """A store of today's of 1 GiB, in which nothing is merged."""
    samples = str(int(2**30 / BYTES_PER_SAMPLE))
    subprocess.run([str(BIN / "bench_store"), "make", str(FOLDER / "base"), samples], check=True,
                   stdout=subprocess.DEVNULL)
    return FOLDER / "base" / "godwit.db"


def columns(database, schema, table):
    return [row[1] for row in database.execute(f"PRAGMA {schema}.table_info({table})")]


def moved(table, column, copy):
    """The value of a column in that copy, as an expression."""
    what = table if column == "key" else column
    if what in KEYS and (column != "key" or table in KEYS):
        return f"{column} + {copy * KEYS[what]}"
    return f"device_id || '-{copy}'" if column == "device_id" and copy else column


def make_old(base, path, version, copies):
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path, isolation_level=None) as database:
        database.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;"
                               + (ROOT / f"tests/golden/store-{version}.sql").read_text())
        database.execute("ATTACH ? AS base", (str(base),))
        tables = [name for name, in database.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'"
                                                     " AND name NOT LIKE 'sqlite_%'")]
        for copy in range(copies):
            for table in tables:
                if copy > 0 and table in ("meta", "series_table"):
                    continue
                theirs = columns(database, "base", table)
                shared = [column for column in columns(database, "main", table) if column in theirs]
                values = ", ".join(moved(table, column, copy) for column in shared)
                database.execute(f"INSERT INTO main.{table} ({', '.join(shared)}) SELECT {values} FROM base.{table}")
        database.execute(f"PRAGMA main.user_version = {VERSION_0 + version}")
        return database.execute("SELECT count(*) FROM main.record").fetchone()[0]


def ask(path, query):
    database = sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=30)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def start(world):
    collector = world.collector(store=SETTINGS).start()
    wait_until(lambda: collector.said("devices on") or not collector.running(), OPEN_S, "the store is open")
    assert collector.running(), collector.log.read_text()
    return collector


def measure(base, version, gib):
    with World() as world:
        path = world.folder / "store" / "godwit.db"
        records = make_old(base, path, version, gib)
        size = path.stat().st_size
        subprocess.run(["sync"], check=True)
        begin = time.monotonic()
        collector = start(world)
        opened = time.monotonic() - begin
        wait_until(lambda: not ask(path, "SELECT 1 FROM background"), OPEN_S, "what is filled in is done")
        filled_in = time.monotonic() - begin
        with open(f"/proc/{collector.process.pid}/status", encoding="ascii") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
        assert collector.stop(60) == 0
        print(f"version {version}, {size / 2**30:.2f} GiB, {records} records: serves after {opened:.1f} s, filled in "
              f"after {filled_in:.1f} s; the collector's peak {peak:.0f} MiB", flush=True)
        check(base, path, world, gib)


def check(base, path, world, copies):
    verified = subprocess.run([str(BIN / "godwit-collector"), "store", "--path", str(world.folder / "store"), "verify"],
                              capture_output=True, text=True)
    assert verified.returncode == 0, verified
    query = "SELECT records, samples, record_bytes FROM device ORDER BY 1, 2, 3"
    assert ask(path, query) == sorted(ask(base, query) * copies), "a device has other records or bytes"


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    try:
        base = make_base()
        for each in sys.argv[3:]:
            version, gib = each.split(":")
            measure(base, int(version), int(gib))
    finally:
        shutil.rmtree(FOLDER, ignore_errors=True)


main()
