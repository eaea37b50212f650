"""Memory stays bounded however much there is to carry.

- A million samples leave through one `export` whose reader stalls for 20 s: the peaks of collector and
  command grow by less than 32 MiB.
- A spool of records that do not compress is uploaded, at first over a link that takes one record a
  second: the agent's peak grows by less than 16 MiB, every message is under 1 MiB, and the store holds
  every record byte for byte. GODWIT_LONG=1: 2 GiB and a minute of the slow link; else an eighth.
"""

import hashlib
import os
import sqlite3
import subprocess
import sys
import time

from harness import BIN, World, wait_until
from network import COLLECTOR_ADDRESS, SKIPPED, Network, can_make_networks

LONG = os.environ.get("GODWIT_LONG") == "1"
MIB = 1 << 20
PORT = 7443

SAMPLES = 1_000_000
EXPORT_GROWTH_MAX = 32 * MIB
STALL_S = 20

UPLOAD_BYTES = (2048 if LONG else 256) * MIB
SLOW_S = 60 if LONG else 15
UPLOAD_GROWTH_MAX = 16 * MIB

FAST_SENSORS = "".join(f"""
[[sensors.pattern]]
name = "p{i}"
series = 2000
interval = "200ms"
attributes = {{ part = "{i}" }}
""" for i in range(8))


def peak(process):
    """The most memory a process ever had, in bytes (VmHWM)."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def forget_peak(process):
    with open(f"/proc/{process.pid}/clear_refs", "w", encoding="ascii") as clear:
        clear.write("5")


def export_with_a_stalling_reader(world, collector):
    command = subprocess.Popen(
        [str(BIN / "godwit"), "--collector", f"127.0.0.1:{world.operators_port}", "export", "-d",
         "test", "-o", "csv"], stdout=subprocess.PIPE)
    rows = [command.stdout.readline() for _ in range(1000)]
    forget_peak(collector.process)
    forget_peak(command)
    before = peak(collector.process), peak(command)
    time.sleep(STALL_S)
    last = before
    for row in command.stdout:
        rows.append(row[:1])
        if len(rows) % 50_000 == 0:
            last = peak(collector.process), peak(command)
    assert command.wait() == 0
    assert len(rows) > SAMPLES, len(rows)
    grown = [now - then for then, now in zip(before, (peak(collector.process), last[1]))]
    print(f"export of {len(rows) - 1} samples, its reader stalled for {STALL_S} s: peaks grew by "
          f"{grown[0] / MIB:.1f} MiB (collector) and {grown[1] / MIB:.1f} MiB (command)")
    assert max(grown) < EXPORT_GROWTH_MAX, grown


def export():
    with World() as world:
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(FAST_SENSORS, period="1s").start()
        wait_until(lambda: (world.device() or {}).get("samples", 0) > SAMPLES, 120,
                   "a million samples are stored")
        assert agent.stop() == 0
        export_with_a_stalling_reader(world, collector)
        assert collector.stop() == 0


def stored(world):
    """(seq, digest, bytes) of the store's records."""
    store = sqlite3.connect(f"file:{world.folder}/store/godwit.db?mode=ro", uri=True)
    for seq, batch in store.execute("SELECT seq, batch FROM record ORDER BY seq"):
        yield seq, hashlib.sha256(batch).digest()[:16].hex(), len(batch)
    store.close()


def upload():
    with Network() as network, World() as world:
        world.run_in(collector=network.collector, agent=network.device)
        world.listen_devices = f"{COLLECTOR_ADDRESS}:{PORT}"
        filled = subprocess.run(
            [str(BIN / "fill_spool"), f"{world.folder}/agent/spool", "test-device",
             str(UPLOAD_BYTES)], check=True, capture_output=True, text=True).stdout
        expected = [(int(seq), digest) for seq, digest in map(str.split, filled.splitlines())]
        largest = UPLOAD_BYTES // (len(expected) - 1)
        network.slow_down(largest)
        collector = world.collector("insecure = true").start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent("", endpoint=world.listen_devices, upload="insecure = true",
                            stream_period="30s",
                            extra=f'[spool]\nmax_bytes = "{2 * UPLOAD_BYTES // MIB}MiB"').start()
        wait_until(lambda: agent.said("session open"), 20, "the session opens")
        forget_peak(agent.process)
        before = peak(agent.process)
        time.sleep(SLOW_S)
        slowly = world.device()["records"]
        assert 0 < slowly <= 2 * SLOW_S, slowly
        network.full_speed()
        begin = time.monotonic()
        wait_until(lambda: world.device()["records"] == len(expected), 600, "all is stored")
        seconds = time.monotonic() - begin
        grown = peak(agent.process) - before
        assert agent.stop() == 0
        assert collector.stop() == 0
        records = list(stored(world))
        assert [(seq, digest) for seq, digest, _ in records] == expected
        most = max(size for _, _, size in records)
        print(f"upload of {len(expected)} records, {UPLOAD_BYTES // MIB} MiB: {slowly} of them in "
              f"{SLOW_S} s over a slow link, the rest in {seconds:.0f} s; the agent's peak grew by "
              f"{grown / MIB:.1f} MiB; largest batch {most} bytes; all stored byte for byte")
        assert most + 64 < MIB, most
        assert grown < UPLOAD_GROWTH_MAX, grown


def main():
    export()
    if not can_make_networks():
        print("the upload needs root, to make network namespaces")
        sys.exit(SKIPPED)
    upload()


main()
