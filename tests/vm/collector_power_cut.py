"""usage: collector_power_cut.py ARCH ROOT CUTS [SEED]

A collector in a virtual machine loses its power, again and again, while it takes, merges and removes records.
Debian's kernel, systemd, the collector as its package installs it. On this machine are two agents that sample ten
times a second, and the bench's load generator, which writes down each record that was acknowledged.

After each start that is not cut at once, while uploads go on:
- each acknowledged record that retention has not taken is in the store, whole;
- no sample occurs twice, and of an agent's ticks none is missing: an agent deletes what was committed, so what
  a cut took back would be missing for ever;
- `store verify`, run in the machine, finds no problem.

At the end everything that waits is let through, and every acknowledged record is sent again: the store knows all of
them. Every second cut also loses part of what the disk had not flushed, as a disk's cache does.
"""

import json
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).parent.parent / "system"))

from harness import BIN, World, wait_until
from load_ledger import TICKS, check_export, read_ledger
from machine import Machine
from ticks import runs_and_holes

BOOT_S = 600  # an emulated one takes 20 s to 2 minutes, and as much more as its host is busy
VERIFY_S = 300
ARRIVES_S = 120
AGENTS = ("one", "two")
SENSORS = """
[[sensors.pattern]]
series = 4
shape = "count"
interval = "100ms"
"""
LOAD_DEVICES = 4
LOAD_PAUSE_MS = 200
# Records of each of them that retention leaves: it moves with what was acknowledged, from start to start.
KEPT_RECORDS = 40
KEPT_SLACK_S = 600  # how far a cutoff is from what is computed here
# The generator's time runs 300 times as fast as ours: it begins so long ago that it stays behind.
BASE_AGE_S = 20 * 86400
CUT_AT_ONCE = 0.25  # of the lives
VERIFIED = re.compile(r"(\d+) records? in (\d+) merged and (\d+) single rows?, \d+ samples?: (\d+) problems?")
STEPS = """
godwit-collector store --config /run/host/collector.toml verify
echo "store verify ended with $?"
"""


def settings(kept_s):
    return f"""
[listen]
devices = "0.0.0.0:7443"
operators = "0.0.0.0:7444"
http = ""
insecure = true
[store]
merge_after = "1s"
retention = {{ age = "{kept_s}s" }}
"""


class Cuts:
    """The machine, who uploads to it, and what was seen."""

    def __init__(self, world, machine, choose):
        self.world, self.machine, self.choose = world, machine, choose
        self.base = int(time.time()) - BASE_AGE_S
        self.ledger = world.folder / "ledger"
        self.ledger.touch()
        self.load = world.process("load", ["steady", world.listen_devices, str(LOAD_DEVICES), str(self.base),
                                           str(self.ledger), str(LOAD_PAUSE_MS)]).start()
        self.agents = [world.agent(SENSORS, period="1s", stream_period="2s", name=name).start()
                       for name in AGENTS]
        self.kept_s = BASE_AGE_S
        self.checks = self.pruned = self.merged = 0

    def start(self, logged):
        newest = [max(seqs) for seqs in read_ledger(self.ledger).values()] or [0]
        cutoff = self.base + max(0, min(newest) - KEPT_RECORDS) * TICKS
        self.kept_s = int(time.time()) - cutoff
        self.machine.give({"collector.toml": settings(self.kept_s), "steps.sh": STEPS})
        self.machine.start(logged)
        self.machine.wait_for("devices on", BOOT_S)

    def check(self):
        self.machine.wait_for("store verify ended with", VERIFY_S)
        said = self.machine.said()
        assert "store verify ended with 0" in said, said[-3000:]
        found = VERIFIED.search(said)
        self.merged = max(self.merged, int(found[2]))
        acknowledged = read_ledger(self.ledger)
        pruned = check_export(self.world, acknowledged, self.base, self.kept_s - KEPT_SLACK_S)
        self.pruned = max(self.pruned, pruned // 2)
        for name in AGENTS:
            if name in self.world.godwit("device", "ls", "-o", "csv").stdout:
                self.check_agent(name)
        self.checks += 1
        return f"{found[1]} records in {found[2]} merged and {found[3]} single rows, no problems"

    def check_agent(self, name):
        """While a backlog arrives over two streams, a record may be there before one that it follows; what the
        store has lost never comes, for the agent has deleted it."""
        holes = []

        def is_whole():
            runs, holes[:] = runs_and_holes(self.world, name)
            assert runs == 1, f"{name}: {runs} runs"
            return not holes

        try:
            wait_until(is_whole, ARRIVES_S, "all ticks that the agent has sent are there")
        except AssertionError as error:
            raise AssertionError(f"{name}: {holes[:8]}") from error
        gaps = json.loads(self.world.godwit("gaps", name, "-o", "json").stdout)
        lost = [row for row in gaps if row["reason"] != "not arrived"]
        assert not lost, lost

    def cut(self, logged):
        """(what its check said, (blocks lost, blocks not flushed))"""
        self.start(logged)
        checked = self.choose.random() >= CUT_AT_ONCE
        said = self.check() if checked else "cut at once"
        time.sleep(self.choose.uniform(0, 6 if checked else 1))
        return said, self.machine.cut(self.choose if logged else None)[1]

    def drain(self):
        """All that waits comes; then nobody uploads any more, and the store has everything."""
        self.start(False)
        before = read_ledger(self.ledger)  # without a device of which nothing was acknowledged yet
        newest = max((max(seqs) for seqs in before.values()), default=0)

        def goes_on():
            seqs_by_device = read_ledger(self.ledger)
            return len(seqs_by_device) == LOAD_DEVICES and all(
                max(seqs) > newest for seqs in seqs_by_device.values())

        wait_until(goes_on, ARRIVES_S, "the load generator goes on")
        wait_until(lambda: all(self.arrived(name) for name in AGENTS), ARRIVES_S, "the agents' backlogs arrive")
        assert self.load.stop(60) == 0
        assert all(agent.stop() == 0 for agent in self.agents)
        self.machine.cut()
        self.start(False)
        said = self.check()
        again = subprocess.run([str(BIN / "load"), "again", self.world.listen_devices, str(self.base),
                                str(self.ledger)], capture_output=True, text=True)
        assert again.returncode == 0, again
        return said

    def arrived(self, name):
        newest = max(when for samples in self.world.export("godwit.pattern.count", device=name).values()
                     for when, _ in samples)
        return time.time() - newest < 10


def main():
    arch, root, cuts = sys.argv[1], sys.argv[2], int(sys.argv[3])
    seed = int(sys.argv[4]) if len(sys.argv) > 4 else 1
    choose = random.Random(seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="godwit-vm-"))
    with World() as world:
        machine = Machine(arch, root, folder,
                          forwarded={world.devices_port: 7443, world.operators_port: 7444})
        try:
            all_cuts = Cuts(world, machine, choose)
            lost = unflushed = 0
            for number in range(1, cuts + 1):
                said, blocks = all_cuts.cut(number % 2 == 0)
                lost, unflushed = lost + blocks[0], unflushed + blocks[1]
                print(f"cut {number}: {said}; {blocks[0]} of {blocks[1]} unflushed blocks lost", flush=True)
            said = all_cuts.drain()
            records = sum(len(seqs) for seqs in read_ledger(all_cuts.ledger).values())
            assert all_cuts.merged > 0 and (cuts < 10 or all_cuts.pruned > 0), "nothing was merged or removed"
            print(f"{arch}, seed {seed}: {cuts + 1} power cuts, {all_cuts.checks} checks; {records} records "
                  f"acknowledged, {all_cuts.pruned} of them since taken by retention, none missing, no sample "
                  f"twice; {lost} of {unflushed} unflushed blocks were lost; at the end {said}", flush=True)
        finally:
            if machine.process is not None:
                machine.cut()
            shutil.rmtree(folder, ignore_errors=True)


main()
