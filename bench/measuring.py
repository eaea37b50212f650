"""What the benches of whole agents measure, and with what: a disk and a network of their own, the
processes' CPU, switches and memory from /proc, the wire's bytes from the device's interface (Ethernet
frames, both directions), the disk's from the block device. Needs root. The first argument of every bench
is the folder of the programs; importing this makes the system tests' modules known."""
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BIN = pathlib.Path(sys.argv[1])
os.environ["GODWIT_BIN"], os.environ["GODWIT_SOURCE"] = str(BIN), str(ROOT)
sys.path.insert(0, str(ROOT / "tests/system"))

DAY_S = 86400
MONTH_S = 30 * DAY_S


class Disk:
    """An ext4 on a loop device of its own."""

    def __init__(self, folder):
        self.mount, image = folder / "disk", folder / "disk.img"
        self.mount.mkdir()
        with open(image, "wb") as file:
            file.truncate(512 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
        self.loop = subprocess.run(["losetup", "--find", "--show", image], check=True,
                                   capture_output=True, text=True).stdout.strip()
        subprocess.run(["mount", "-o", "noatime", self.loop, self.mount], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.mount], check=False)
        subprocess.run(["losetup", "-d", self.loop], check=False)

    def written(self):
        stat = pathlib.Path(f"/sys/class/block/{self.loop.split('/')[-1]}/stat").read_text()
        return int(stat.split()[6]) * 512


def process_tree(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(each for child in children for each in process_tree(int(child)))]


def cpu_seconds(pid):
    """Of the threads there are, in nanoseconds by the scheduler; /proc/PID/stat counts ticks of 10 ms."""
    return sum(int((task / "schedstat").read_text().split()[0]) / 1e9
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def switches(pid):
    """Voluntary ones, by the thread's name: each is a wake-up."""
    found = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name = (task / "comm").read_text().strip()
        status = (task / "status").read_text()
        count = int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", status, re.M)[1])
        found[name] = found.get(name, 0) + count
    return found


def memory_kb(pid):
    rollup = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
    return {name: int(re.search(rf"^{name}:\s+(\d+)", rollup, re.M)[1])
            for name in ("Rss", "Anonymous")}


def wire_bytes(network):
    return sum(int(subprocess.run(
        ["ip", "netns", "exec", network.device, "cat", f"/sys/class/net/wan/statistics/{way}_bytes"],
        check=True, capture_output=True, text=True).stdout) for way in ("rx", "tx"))


class Measurement:
    """Of some processes over some time."""

    def __init__(self, network, disk, pids, seconds):
        before = self._read(network, disk, pids)
        time.sleep(seconds)
        after = self._read(network, disk, pids)
        self.elapsed = after[0] - before[0]
        self.cpu = [b - a for a, b in zip(before[1], after[1])]  # seconds, one a process
        self.wakes = {name: (count - before[2].get(name, 0)) / self.elapsed  # a second, by thread
                      for name, count in after[2].items()}
        self.wire = after[3] - before[3]
        self.written = after[4] - before[4]
        self.memory = [memory_kb(pid) for pid in pids]  # one a process

    @staticmethod
    def _read(network, disk, pids):
        woken = {}
        for pid in pids:
            for name, count in switches(pid).items():
                woken[name] = woken.get(name, 0) + count
        return (time.monotonic(), [cpu_seconds(pid) for pid in pids], woken, wire_bytes(network),
                disk.written())
