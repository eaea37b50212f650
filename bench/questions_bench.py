"""What short questions wait for while a long one is answered: a collector that has days of one device answers a mean over
all of them, and meanwhile /healthz and `device ls`; then the caller of the mean goes away.
usage: questions_bench.py BIN FOLDER DAYS"""

import os
import pathlib
import shutil
import subprocess
import sys
import time

BIN, FOLDER, DAYS = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])
os.environ["GODWIT_BIN"] = str(BIN)
sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "tests/system"))

from harness import World, wait_until  # noqa: E402

SAMPLES = DAYS * 8640 * 500
PAUSE_S = 0.05
GONE_S = 3.0
SETTINGS = """
retention = { age = "36500d", bytes = "1000GiB" }
reserve_free = "0%"
merge_after = "365d"
"""


class Short:
    """Short questions, one after another, and how long each took."""

    def __init__(self, world):
        self.world, self.health, self.listing = world, [], []

    def ask(self):
        for times, question in ((self.health, self.world.health), (self.listing, self._list)):
            begin = time.monotonic()
            question()
            times.append((time.monotonic() - begin) * 1e3)
        time.sleep(PAUSE_S)

    def _list(self):
        self.world.godwit("device", "ls", "-o", "json")

    def report(self, when):
        parts = []
        for name, times in (("/healthz", self.health), ("device ls", self.listing)):
            times.sort()
            parts.append(f"{name} {times[len(times) // 2]:6.1f} ms median, {times[-1]:6.1f} ms at most")
        print(f"{when:34} {'; '.join(parts)} ({len(self.health)} times)")


def store():
    """The folder of a store with so many days, kept for another time."""
    made = FOLDER / f"store-{DAYS}"
    if not made.exists():
        shutil.rmtree(FOLDER, ignore_errors=True)
        FOLDER.mkdir(parents=True)
        subprocess.run([str(BIN / "bench_store"), "make", str(FOLDER / "making"), str(SAMPLES), "1"], check=True)
        (FOLDER / "making").rename(made)
    return made


def ask_mean(world):
    return subprocess.Popen([str(BIN / "godwit"), "--collector", f"127.0.0.1:{world.operators_port}", "query", "-d",
                             "device-000", "--since", "2020-01-01T00:00:00Z", "--agg", "mean", "-o", "json"],
                            stdout=subprocess.DEVNULL)


def ticks(collector):
    fields = pathlib.Path(f"/proc/{collector.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return int(fields[11]) + int(fields[12])


def main():
    with World() as world:
        (world.folder / "store").symlink_to(store().resolve())
        collector = world.collector(store=SETTINGS).start()
        wait_until(lambda: collector.said("devices on"), 60, "the collector serves")
        alone = Short(world)
        for _ in range(20):
            alone.ask()
        alone.report("at rest")

        beside, begin = Short(world), time.monotonic()
        mean = ask_mean(world)
        while mean.poll() is None:
            beside.ask()
        assert mean.returncode == 0
        print(f"the mean took {time.monotonic() - begin:.1f} s")
        beside.report("beside the mean")

        mean = ask_mean(world)
        time.sleep(1)
        mean.kill()
        mean.wait()
        gone, begin = Short(world), time.monotonic()
        while time.monotonic() - begin < GONE_S / 2:
            gone.ask()
        gone.report("after its caller had gone")
        before = ticks(collector)
        time.sleep(GONE_S / 2)
        busy = (ticks(collector) - before) / os.sysconf("SC_CLK_TCK") / (GONE_S / 2)
        print(f"the collector's CPU then: {busy * 100:.0f} % of a core")
        assert collector.stop() == 0


main()
