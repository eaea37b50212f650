#!/usr/bin/env python3
"""What one collector carries: thousands of devices, each with a connection of its own, a session, a command stream and
a record a minute (bench/fleet/).

usage: fleet_bench.py BIN FOLDER SIZES [SECONDS]

SIZES is a list such as "1000:mtls 10000:plain 10000:mtls:20": how many devices ("max": as many as the limit of open
files has room for), mutual TLS or plaintext, and how many milliseconds each sync of the collector's disk takes longer
(slow_sync.so). SECONDS is how long the steady state is measured (60). The collector's store is in FOLDER. Each fleet
has a new collector; at the end the statistics are one table.
"""
import os
import pathlib
import resource
import sys
import tempfile
import time

# First: it makes the modules of the system tests known.
from measuring import BIN, cpu_seconds, memory_kb
from authority import Authority, tls
from fleet import ADDRESSES, SAMPLES_PER_RECORD, Fleet
from harness import World, wait_until

PERIOD_S = 60
RESERVED_DESCRIPTORS = 200  # the collector's own files, and what its accept loop keeps free


def status_kb(pid, name):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith(name)))


def written_bytes(pid):
    text = pathlib.Path(f"/proc/{pid}/io").read_text()
    return int(next(line.split()[1] for line in text.splitlines() if line.startswith("write_bytes")))


def part(ordered, share):
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else float("nan")


class Run:
    """One fleet at one collector; `statistics` are what is printed, in this order."""

    def __init__(self, world, count, secure, sync_ms, seconds):
        self.world, self.count, self.seconds = world, count, seconds
        self.statistics = {}
        world.listen_devices = f"0.0.0.0:{world.devices_port}"
        if secure:
            authority = Authority(world.folder, "ca")
            authority.certificate("collector", ",".join(f"IP:{address}" for address in ADDRESSES))
            authority.certificate("device", "URI:godwit://device/fleet")
        self.certificate = "device" if secure else None
        self.collector = world.collector(tls(world.folder, "ca", "collector") if secure else "insecure = true")
        if sync_ms:
            self.collector.arguments = ["env", f"LD_PRELOAD={BIN / 'slow_sync.so'}", f"SLOW_SYNC_MS={sync_ms}",
                                        *self.collector.arguments]

    def note(self, name, value):
        self.statistics[name] = value
        print(f"    {name:44} {value}", flush=True)

    def listening(self, times):
        wait_until(lambda: self.collector.log.read_text().count("devices on") >= times, 60, "the collector listens")

    def measure(self):
        self.collector.start()
        self.listening(1)
        time.sleep(2)
        idle_kb = memory_kb(self.pid)["Rss"]
        with Fleet(self.world, self.count, PERIOD_S, self.certificate) as fleet:
            self.connect(fleet)
            self.steady(fleet, idle_kb)
            self.questions(fleet)
            self.push(fleet)
            self.restart(fleet)
            self.note("memory at its peak, MiB", round(status_kb(self.pid, "VmHWM") / 1024))
            self.end(fleet)
        assert self.collector.stop() == 0
        return self.statistics

    @property
    def pid(self):
        return self.collector.process.pid

    def connect(self, fleet):
        started, cpu = time.monotonic(), cpu_seconds(self.pid)
        fleet.wait_for("open", self.count, 900)
        took = time.monotonic() - started
        self.note("all connected after, s", round(took, 1))
        self.note("connected a second", round(self.count / took))
        self.note("collector's CPU a connection, ms", round((cpu_seconds(self.pid) - cpu) / self.count * 1e3, 2))
        # Every device makes its first record within a period.
        time.sleep(max(0, started + PERIOD_S + 5 - time.monotonic()))
        fleet.wait_for("back", self.count, 300)

    def steady(self, fleet, idle_kb):
        fleet.take_verdicts()
        loads = [load.process.pid for load in fleet.loads]
        cpu, written, stored = cpu_seconds(self.pid), written_bytes(self.pid), fleet.total("settled")
        started, loads_cpu = time.monotonic(), sum(map(cpu_seconds, loads))
        time.sleep(self.seconds)
        took, records = time.monotonic() - started, fleet.total("settled") - stored
        cpu, written = cpu_seconds(self.pid) - cpu, written_bytes(self.pid) - written
        verdicts = fleet.take_verdicts()
        self.note("records a second", round(records / took, 1))
        self.note("verdict p50, ms", round(part(verdicts, 0.5), 1))
        self.note("verdict p99, ms", round(part(verdicts, 0.99), 1))
        self.note("slowest verdict, ms", round(part(verdicts, 1), 1))
        self.note("collector's CPU, % of a core", round(cpu / took * 100, 1))
        self.note("load's CPU, % of a core", round((sum(map(cpu_seconds, loads)) - loads_cpu) / took * 100, 1))
        self.note("CPU a record, ms", round(cpu / records * 1e3, 2))
        self.note("bytes written a record", round(written / records))
        kb = memory_kb(self.pid)["Rss"]
        self.note("memory, MiB", round(kb / 1024))
        self.note("memory a device, KiB", round((kb - idle_kb) / self.count, 1))

    def questions(self, fleet):
        for name in ("the first time", "again"):
            listed = fleet.ask("list")
            assert listed["devices"] == listed["connected"] == self.count, listed
            self.note(f"device ls {name}: first page, ms", listed["first_ms"])
            self.note(f"device ls {name}: whole, ms", listed["whole_ms"])
        self.note("latest of a device, ms", fleet.ask("latest", self.count // 2, 50)["median_ms"])
        command = fleet.ask("command", self.count // 3, 100)
        self.note("a command and back, median, ms", command["median_ms"])
        self.note("a command and back, p99, ms", command["p99_ms"])

    def push(self, fleet):
        pushed = fleet.ask("push", 0, self.count)
        fleet.wait_for("fetched", self.count, 300)
        self.note("push to all, answered after, s", pushed["answered_s"])
        last = max(load.state["last_fetched"] for load in fleet.loads)
        self.note("push to all, fetched by all after, s", round(last - pushed["begin"], 1))
        fleet.wait_for("applied", self.count, 300)

    def restart(self, fleet):
        failed, sessions = sum(fleet.failures().values()), fleet.total("sessions")
        started = time.monotonic()
        code = self.collector.stop()  # not 0: it ended itself after 9 s, with streams still open
        stopped = time.monotonic()
        self.collector.start()
        self.listening(2)
        self.note("restart: stopped after, s", f"{stopped - started:.1f}{'' if code == 0 else ' (cut off)'}")
        fleet.wait_for("sessions", sessions + self.count * 0.9, 900)
        self.note("restart: 90 % back after, s", round(time.monotonic() - started, 1))
        fleet.wait_for("sessions", sessions + self.count, 900)
        fleet.wait_for("back", self.count, 900)
        self.note("restart: all back and drained after, s", round(time.monotonic() - started, 1))
        # Each had one session that ended.
        self.note("restart: attempts in vain", sum(fleet.failures().values()) - failed - self.count)

    def end(self, fleet):
        check = fleet.stop()
        self.note("records", check["stored"])
        self.note("records lost", check["lost"])
        self.note("records twice", check["twice"])
        self.note("sent again, stored once", check["sent_again"])
        records = dict(line.split() for line in fleet.ledgers[0].read_text().splitlines())
        for number in range(0, min(self.count, 1000), 100):
            ticks = fleet.counted(number)
            assert ticks == list(range(1, len(ticks) + 1)), (number, ticks)
            assert len(ticks) == 6 * int(records[f"fleet-{number}"]), (number, records)
        assert check["lost"] == check["twice"] == 0, check


def table(runs):
    names = list(runs[0][1])
    rows = [["", *(title for title, _ in runs)]]
    rows += [[name, *(str(statistics.get(name, "-")) for _, statistics in runs)] for name in names]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for number, row in enumerate(rows):
        print("| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths)) + " |")
        if number == 0:
            print("|" + "|".join("---" for _ in row) + "|")


def main():
    tempfile.tempdir = sys.argv[2]
    seconds = int(sys.argv[4]) if len(sys.argv) > 4 else 60
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1] - RESERVED_DESCRIPTORS
    print(f"{os.cpu_count()} cores for collector and devices together; {SAMPLES_PER_RECORD} samples a record")
    runs = []
    for size in sys.argv[3].split():
        number, kind, *slow = size.split(":")
        count, sync_ms = most if number == "max" else int(number), int(slow[0]) if slow else 0
        title = f"{count:,} {'mTLS' if kind == 'mtls' else 'plaintext'}{f', {sync_ms} ms a sync' if sync_ms else ''}"
        print(f"-- {title}", flush=True)
        with World() as world:
            runs.append((title, Run(world, count, kind == "mtls", sync_ms, seconds).measure()))
    table(runs)


if __name__ == "__main__":
    main()
