"""What reaches a collector's disk: an ext4 on a loop device of its own, whose kernel counters say how many sectors were
written, the file system's journal included.
usage: writes_bench.py BIN FOLDER ingest DEVICES RATE SECONDS [random] [aged] [pages]
       writes_bench.py BIN FOLDER merge DEVICES

`ingest`: so many devices send RATE records a second in all, each at the moment of its period that an agent chooses by
its id, or at a random one. `aged`: the store has 200 merged records of each already, as after eight days. `pages` also
prints which tables and indexes the frames of the write-ahead log are of.
`merge`: an hour of records of each device is merged. Needs root.
"""

import collections
import contextlib
import os
import pathlib
import shutil
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import urllib.request

BIN, FOLDER = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
os.environ["GODWIT_BIN"] = str(BIN)
sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tests/system"))

from harness import World, wait_until  # noqa: E402

DISK_BYTES = 8 << 30
FRAME_HEADER = 24
LOG_HEADER = 32
SETTINGS = """
retention = { age = "36500d", bytes = "1000GiB" }
reserve_free = "0%"
merge_after = "MERGE"
"""


class Disk:
    """An ext4 on a loop device."""

    def __init__(self, folder):
        folder.mkdir(parents=True, exist_ok=True)
        self.mount, self.image = folder / "disk", folder / "disk.img"
        self.mount.mkdir(exist_ok=True)
        with open(self.image, "wb") as file:
            file.truncate(DISK_BYTES)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image], check=True)
        self.loop = subprocess.run(["losetup", "--find", "--show", self.image], check=True, capture_output=True,
                                   text=True).stdout.strip()
        subprocess.run(["mount", "-o", "noatime", self.loop, self.mount], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.mount], check=False)
        subprocess.run(["losetup", "-d", self.loop], check=False)
        self.image.unlink()

    def written(self):
        """Bytes that reached the device."""
        os.sync()
        stat = pathlib.Path(f"/sys/class/block/{self.loop.split('/')[-1]}/stat").read_text()
        return int(stat.split()[6]) * 512


class LogWatch:
    """Counts the frames that are written to a write-ahead log, by its index in shared memory."""

    def __init__(self, store):
        self.index = pathlib.Path(f"{store}-shm")
        self.frames, self.resets, self.last = 0, 0, None
        self.stopped = False
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        while not self.stopped:
            self._read()
            time.sleep(0.02)

    def _read(self):
        with open(self.index, "rb") as file:
            header = file.read(48)
        frames, salt = struct.unpack_from("<I", header, 16)[0], header[32:40]
        if self.last is not None:
            began_anew = salt != self.last[1]
            self.resets += began_anew
            self.frames += frames if began_anew else frames - self.last[0]
        self.last = (frames, salt)

    def stop(self):
        self.stopped = True
        self.thread.join()


def frames_by_tree(store):
    """Of the frames in the log: how many are of each table and index."""
    copy = FOLDER / "copy.db"
    for suffix in ("", "-wal"):
        shutil.copy(f"{store}{suffix}", f"{copy}{suffix}")
    log = pathlib.Path(f"{copy}-wal").read_bytes()
    size = struct.unpack_from(">I", log, 8)[0]
    salt = log[16:24]
    pages, commits = collections.Counter(), 0
    for at in range(LOG_HEADER, len(log) - size, FRAME_HEADER + size):
        page, commit = struct.unpack_from(">II", log, at)
        if log[at + 8:at + 16] != salt:  # of the log before
            break
        pages[page] += 1
        commits += commit > 0
    with contextlib.closing(sqlite3.connect(copy)) as database:
        names = dict(database.execute("SELECT pageno, name FROM dbstat"))
    trees, distinct = collections.Counter(), collections.Counter()
    for page, count in pages.items():
        trees[names.get(page, "free")] += count
        distinct[names.get(page, "free")] += 1
    for path in FOLDER.glob("copy.db*"):
        path.unlink()
    return trees, distinct, commits


def statistics(world):
    with urllib.request.urlopen(f"http://127.0.0.1:{world.http_port}/metrics", timeout=10) as answer:
        lines = answer.read().decode().splitlines()
    return {name: float(value) for name, value in
            (line.rsplit(" ", 1) for line in lines if not line.startswith("#"))}


def process_bytes(collector):
    text = pathlib.Path(f"/proc/{collector.process.pid}/io").read_text()
    return int(dict(line.split(": ") for line in text.splitlines())["write_bytes"])


def start(world, merge_after):
    collector = world.collector(store=SETTINGS.replace("MERGE", merge_after)).start()
    wait_until(lambda: collector.said("devices on"), 60, "the collector serves")
    return collector


def memory(collector):
    text = pathlib.Path(f"/proc/{collector.process.pid}/status").read_text()
    return next(int(line.split()[1]) // 1024 for line in text.splitlines() if line.startswith("VmHWM"))


def report(what, records, record_bytes, device, process, frames, page=4096):
    log = frames * (page + FRAME_HEADER)
    print(f"{what}: {device / records / 1024:.2f} KiB a record on the device ({process / records / 1024:.2f} by the "
          f"process), of which log {log / records / 1024:.2f}; a record has {record_bytes / records:.0f} bytes")


def age(world, store, devices):
    """Puts merged records, without their values, in front of those of each device."""
    collector = start(world, "1h")
    subprocess.run([str(BIN / "bench_writes"), "send", world.listen_devices, devices, "200", "0"], check=True)
    collector.stop()
    with contextlib.closing(sqlite3.connect(store)) as database:
        database.execute("PRAGMA synchronous=OFF")
        database.execute(
            "WITH RECURSIVE hours(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM hours WHERE n < 199),"
            " times(n, at) AS (SELECT n, (SELECT max(last_seen_unix_ns) FROM device) - (200 - n) * 3600000000000"
            "   FROM hours)"
            " INSERT INTO record (device, run, seq, last_seq, checksum, checksums, first_unix_ns, last_unix_ns, boot,"
            "   wall_offset_ns, synchronised, shift_ns, age_unix_ns, batch)"
            " SELECT device, run.key, 60 * n + 1, 60 * n + 60, 0, zeroblob(8), at, at, 1, 0, 1, 0, at, x''"
            "   FROM times CROSS JOIN run")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def ingest(disk, world, devices, rate, seconds, *options):
    store = world.folder / "store" / "godwit.db"
    if "aged" in options:
        age(world, store, devices)
    collector = start(world, "1h")
    load = subprocess.Popen([str(BIN / "bench_writes"), "send", world.listen_devices, devices, rate, seconds,
                             *[option for option in options if option == "random"]],
                            stdout=subprocess.PIPE, text=True)
    assert load.stdout.readline() == "begin\n"
    device, process, before = disk.written(), process_bytes(collector), statistics(world)
    watch = LogWatch(store)
    result = load.stdout.readline().split()
    assert load.wait() == 0
    watch.stop()
    if "pages" in options:
        trees, distinct, commits = frames_by_tree(store)
    device, process, after = disk.written() - device, process_bytes(collector) - process, statistics(world)
    measured = dict(zip(result[::2], map(float, result[1::2])))
    records = measured["records"]
    commits_made = after["godwit_collector_commits_total"] - before["godwit_collector_commits_total"]
    report(f"{devices} devices, {records / measured['seconds']:.0f} records/s, {measured['seconds']:.0f} s", records,
           measured["bytes"], device, process, watch.frames)
    print(f"    {commits_made / measured['seconds']:.1f} commits/s, {records / commits_made:.1f} records each; "
          f"{watch.resets} times the log began anew; verdicts: median {measured['verdict_median_s']:.3f} s, "
          f"99 of 100 within {measured['verdict_p99_s']:.3f} s; peak memory {memory(collector)} MiB")
    if "pages" in options:
        print(f"    of {sum(trees.values())} frames in {commits} commits, {sum(distinct.values())} pages:")
        for name, count in trees.most_common(30):
            print(f"    {name:40} {count / commits:6.2f} frames a commit, {distinct[name]:6} pages")
    collector.stop()


def merge(disk, world, devices):
    store = world.folder / "store"
    subprocess.run([str(BIN / "bench_writes"), "make", store, devices, "60"], check=True)
    with contextlib.closing(sqlite3.connect(store / "godwit.db")) as database:
        waiting = "SELECT count(*), sum(length(batch)) FROM record WHERE checksums IS NULL"
        records, record_bytes = database.execute(waiting).fetchone()
        database.execute("UPDATE record SET waits_since_unix_ns = 1 WHERE waits_since_unix_ns IS NOT NULL")
        database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    device = disk.written()
    begin = time.monotonic()
    collector = start(world, "1s")
    watch = LogWatch(store / "godwit.db")

    def due():
        with contextlib.closing(sqlite3.connect(f"file:{store}/godwit.db?mode=ro", uri=True)) as database:
            return database.execute("SELECT 1 FROM record WHERE waits_since_unix_ns = 1 LIMIT 1").fetchone()
    while due():
        time.sleep(0.5)
    elapsed = time.monotonic() - begin
    watch.stop()
    process = process_bytes(collector)
    collector.stop()
    report(f"merged, {devices} devices, {records} records in {elapsed:.0f} s", records, record_bytes,
           disk.written() - device, process, watch.frames)


def main():
    verb, *arguments = sys.argv[3:]
    with Disk(FOLDER) as disk:
        os.environ["TMPDIR"] = str(disk.mount)  # where the collector's folder is made
        with World() as world:
            {"ingest": ingest, "merge": merge}[verb](disk, world, *arguments)


main()
