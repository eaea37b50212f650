"""usage: power_cut.py ARCH ROOT CUTS [SEED]

A device in a virtual machine loses its power, again and again, while it writes. Debian's kernel, systemd, the
agent as its package installs it; a collector on this machine, which it reaches through qemu's user network.

After every 25 cuts and at the end it is left in peace until everything has come. Then:
- whatever the agent had said to be on the disk is in the store: no record is missing;
- no tick of any series occurs twice, and within a run none is missing;
- what was measured is the machine's own: its memory;
- every start succeeded, and on amd64 the kernel's own driver was read (hwmon over i2c-stub and lm75).

Every second cut also loses part of what the disk had not flushed, as a disk's cache does.
"""

import pathlib
import random
import re
import shutil
import sqlite3
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).parent.parent / "system"))

from authority import Authority
from harness import World, wait_until
from machine import HOST, MEMORY_MIB, Machine
from ticks import check_ticks

BOOT_S = 600  # an emulated one takes 20 s to 2 minutes, and as much more as its host is busy
RECORDED = re.compile(r"spool: on the disk: run ([0-9a-f]{16}), records (\d+) to (\d+)")
COUNTED_EVERY = 25  # cuts
SENSORS = """
[[sensors.system]]
include = ["cpu", "memory", "filesystem"]
interval = "1s"
[[sensors.hwmon]]
interval = "1s"
[[sensors.thermal]]
interval = "1s"
[[sensors.pattern]]
series = 40
shape = "count"
interval = "100ms"
"""


def settings(world):
    return f"""
[agent]
id = "device"
name = "device"
[batch]
period = "1s"
[upload]
endpoint = "{HOST}:{world.devices_port}"
stream_period = "2s"
backoff = {{ initial = "1s", max = "2s" }}
[tls]
ca = "/run/host/ca.pem"
{SENSORS}
"""


def run_of(text):
    """As the store has it: signed."""
    return int.from_bytes(bytes.fromhex(text), "big", signed=True)


def note(said, durable):
    """What a start of the machine said to be on the disk, to `durable`. How many records."""
    last = {run_of(run): int(seq) for run, _, seq in RECORDED.findall(said)}
    assert len(last) == 1 and not last.keys() & durable.keys(), f"a start has a run of its own, not {last}"
    durable.update(last)
    return sum(last.values())


class Store:
    def __init__(self, world):
        self.path = f"file:{world.folder}/store/godwit.db?mode=ro"

    def rows(self, query):
        with sqlite3.connect(self.path, uri=True, timeout=30) as database:
            return database.execute(query).fetchall()

    def missing(self, run, last):
        """Seqs from 1 to `last` that the store does not have."""
        there = set()
        for first, end in self.rows(
                "SELECT record.seq, record.last_seq FROM record JOIN run ON run.key = record.run"
                f" WHERE run.run_id = {run}"):
            there.update(range(first, end + 1))
        return [seq for seq in range(1, last + 1) if seq not in there]


def check_own_values(world):
    """The machine's, and not this one's."""
    limits = [value for _, value in
              world.export("system.memory.limit", device="device")["system.memory.limit"]]
    assert limits and all(0.7 * MEMORY_MIB < limit / 2**20 < MEMORY_MIB for limit in limits), limits


def count(world, arch, durable):
    """What has come from `durable`, {run: the last record that was on the disk}."""
    store = Store(world)
    wait_until(lambda: not any(store.missing(run, last) for run, last in durable.items()),
               120, f"all records of {durable} have come")
    runs = check_ticks(world, "device")
    check_own_values(world)
    if arch == "amd64":  # Debian's kernel for arm64 has no i2c-stub
        celsius = {value for _, value in
                   world.export("hw.temperature", device="device")["hw.temperature"]}
        assert celsius == {25.5}, celsius  # the value that the stub has
    return f"{sum(durable.values())} records that were on the disk, none missing; {runs} runs, no tick twice"


def start(device, logged):
    device.start(logged)
    device.wait_for("spool: on the disk", BOOT_S)


def cut_power(device, collector, logged, choose):
    """At some moment, sometimes in an outage. What it had said, and (blocks lost, blocks not flushed)."""
    start(device, logged)
    if choose.random() < 0.3:
        collector.stop()
    time.sleep(choose.uniform(0, 6))
    cut = device.cut(choose if logged else None)
    if not collector.running():
        collector.start()
    return cut


def main():
    arch, root, cuts = sys.argv[1], sys.argv[2], int(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    choose = random.Random(seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="godwit-vm-"))
    with World() as world:
        authority = Authority(world.folder, "ca")
        authority.certificate("collector", f"IP:{HOST}")
        collector = world.collector(f'[tls]\ncertificate = "{world.folder}/collector.pem"\n'
                                    f'key = "{world.folder}/collector.key"').start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        device = Machine(arch, root, folder)
        device.give({"agent.toml": settings(world), "ca.pem": world.folder / "ca.pem"})
        try:
            durable, lost, unflushed = {}, 0, 0
            for cut in range(1, cuts + 1):
                said, blocks = cut_power(device, collector, cut % 2 == 0, choose)
                lost, unflushed = lost + blocks[0], unflushed + blocks[1]
                print(f"cut {cut}: {note(said, durable)} records on the disk, "
                      f"{blocks[0]} of {blocks[1]} unflushed blocks lost", flush=True)
                if cut % COUNTED_EVERY == 0 or cut == cuts:
                    start(device, False)
                    counted = count(world, arch, durable)
                    print(f"{arch}, seed {seed}: {cut} power cuts, {counted}; "
                          f"{lost} of {unflushed} unflushed blocks were lost", flush=True)
                    note(device.cut()[0], durable)
        finally:
            if device.process is not None:
                device.cut()
            shutil.rmtree(folder, ignore_errors=True)


main()
