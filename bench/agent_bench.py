#!/usr/bin/env python3
"""The whole path of a real agent, measured: 500 series at 1 s (this machine's system values, the rest
recorded /proc values), TLS, fdatasync on an ext4 of its own, a collector at the other end of a veth.

usage: agent_bench.py BIN steady PERIOD_S SECONDS      batch.period, how long to measure
       agent_bench.py BIN default SECONDS              the shipped settings instead
       agent_bench.py BIN drain HOURS KBIT             a backlog over a link of so many kbit/s
       agent_bench.py BIN start                        from exec to the first sample
Needs root. CPU, switches and memory from /proc, the wire's bytes from the device's interface (Ethernet
frames, both directions), the disk's from the block device.
"""
import json
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

from authority import Authority, tls  # noqa: E402
from harness import World, wait_until  # noqa: E402
from network import COLLECTOR_ADDRESS, Network  # noqa: E402

SERIES = 500
AGENT_SERIES = 19
WARM_UP_S = 20
PORT = 7443


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


def recording(folder, columns):
    """As many columns of recorded /proc values."""
    csv = subprocess.run(["zstd", "-dc", ROOT / "bench/data/proc-busy.csv.zst"], check=True,
                         capture_output=True, text=True).stdout
    path = folder / "recording.csv"
    with open(path, "w") as out:
        for line in csv.splitlines():
            out.write(",".join(cells(line)[:columns + 2]) + "\n")
    return path


def cells(line):
    return re.findall(r'("[^"]*"|[^,]*)(?:,|$)', line)


def process_tree(pid):
    children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pid):
    """Of all threads, in nanoseconds by the scheduler; /proc/PID/stat counts ticks of 4 ms."""
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


def start(world, network, disk, sensors, period, stream_period):
    Authority(world.folder, "ca").certificate("collector", f"IP:{COLLECTOR_ADDRESS}")
    world.run_in(collector=network.collector, agent=network.device)
    world.listen_devices = f"{COLLECTOR_ADDRESS}:{PORT}"
    collector = world.collector(tls(world.folder, "ca", "collector").replace("ca = ", "# ca = "))
    collector.start()
    wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
    agent = world.agent(sensors, period=period, endpoint=f"{COLLECTOR_ADDRESS}:{PORT}",
                        stream_period=stream_period, extra=tls(world.folder, "ca"), upload="#")
    config = pathlib.Path(agent.arguments[-1])
    text = config.read_text().replace(f'state = "{world.folder}/agent"', f'state = "{disk.mount}"')
    config.write_text(text)
    agent.arguments = [word for word in agent.arguments if word not in ("--log", "debug")]
    return agent


def steady(period_s, seconds):
    with World() as world, Network() as network, Disk(world.folder) as disk:
        own = system_series(world, network)
        csv = recording(world.folder, SERIES - own)
        agent = start(world, network, disk, f"""
[[sensors.system]]
interval = "1s"
[[sensors.replay]]
interval = "1s"
path = "{csv}"
""", f"{period_s}s", "30s")
        what = f"{SERIES} series at 1 s, {own} of them system, batch.period {period_s} s"
        measure(network, disk, agent, what, SERIES, period_s, seconds)


def shipped(seconds):
    with World() as world, Network() as network, Disk(world.folder) as disk:
        series = system_series(world, network) + AGENT_SERIES
        agent = start(world, network, disk, "[[sensors.system]]\n[[sensors.agent]]\n", "60s", "30s")
        what = f"the shipped settings: {series} series at 10 s, batch.period 60 s"
        measure(network, disk, agent, what, series / 10, 60, seconds)


def measure(network, disk, agent, what, samples_per_s, period_s, seconds):
    agent.start()
    time.sleep(WARM_UP_S + period_s)
    pids = process_tree(agent.process.pid)
    before = (time.monotonic(), [cpu_seconds(pid) for pid in pids], switches(pids[0]),
              wire_bytes(network), disk.written())
    time.sleep(seconds)
    after = (time.monotonic(), [cpu_seconds(pid) for pid in pids], switches(pids[0]),
             wire_bytes(network), disk.written())
    memory = [memory_kb(pid) for pid in pids]
    agent.stop()
    floors_us = [float(subprocess.run([BIN / "pread_floor", *how], check=True,
                                      capture_output=True, text=True).stdout)
                 for how in (["3000"], ["30", "1000"])]
    report(what, samples_per_s, before, after, memory, floors_us)


def system_series(world, network):
    config = world.write("system.toml", "[[sensors.system]]\n")
    out = subprocess.run(["ip", "netns", "exec", network.device, BIN / "godwit-agent", "test",
                          "--config", config], check=True, capture_output=True, text=True).stdout
    return sum(line.startswith("  ") for line in out.splitlines())


def report(what, samples_per_s, before, after, memory, floors_us):
    elapsed = after[0] - before[0]
    samples = samples_per_s * elapsed
    cpu = [b - a for a, b in zip(before[1], after[1])]
    wakes = {name: (count - before[2].get(name, 0)) / elapsed for name, count in after[2].items()}
    wire, written = after[3] - before[3], after[4] - before[4]
    print(f"{what}; {elapsed:.0f} s:")
    print(f"  CPU       {sum(cpu) / samples * 1e6:.2f} s per million samples "
          f"(spawner {cpu[1]:.2f} s of {sum(cpu):.2f}); "
          f"bare preads of the kernel files {floors_us[0] / SERIES:.2f} one after another, "
          f"{floors_us[1] / SERIES:.2f} once a second")
    print(f"  memory    {memory[0]['Rss'] / 1024:.1f} MiB resident, "
          f"{memory[0]['Anonymous'] / 1024:.1f} MiB anonymous; spawner "
          f"{memory[1]['Rss'] / 1024:.1f} and {memory[1]['Anonymous'] / 1024:.2f}")
    print("  wake-ups  " + f"{sum(wakes.values()):.2f} a second: " + ", ".join(
        f"{name} {rate:.2f}" for name, rate in sorted(wakes.items(), key=lambda each: -each[1])))
    print(f"  wire      {wire / samples:.3f} B/sample both ways, {wire / elapsed * 86400 * 30 / 1e6:.0f} "
          "MB a month")
    print(f"  disk      {written / samples:.2f} B/sample at the block device, "
          f"{written / elapsed * 86400 / 1e6:.0f} MB a day")


def drain(hours, kbit):
    with World() as world, Network() as network, Disk(world.folder) as disk:
        agent = start(world, network, disk, "", "60s", "30s")
        subprocess.run([BIN / "bench_spool", "fill", disk.mount, "60", str(hours * 60)],
                       check=True, capture_output=True)
        config = pathlib.Path(agent.arguments[-1])
        config.write_text(config.read_text().replace('id = "test-device"', 'id = "bench"'))
        size = sum(file.stat().st_size for file in (disk.mount / "spool").iterdir())
        network.slow_down(kbit * 125)
        before = wire_bytes(network)
        agent.start()
        begin, peak = time.monotonic(), 0
        while True:
            time.sleep(1)
            peak = max(peak, memory_kb(agent.process.pid)["Rss"])
            device = world.device()
            if device and device["records"] >= hours * 60:
                break
        elapsed = time.monotonic() - begin
        moved = wire_bytes(network) - before
        agent.stop()
        print(f"drain: {hours} h of {SERIES} series at 1 s, {size / 1e6:.1f} MB, over {kbit} kbit/s in "
              f"{elapsed:.0f} s: {moved * 8 / elapsed / kbit / 10:.0f} % of the link, "
              f"{peak / 1024:.1f} MiB resident at most")


def first_sample():
    with World() as world:
        config = world.write("agent.toml", f"""
[agent]
id = "bench"
state = "{world.folder}/state"
[[sensors.system]]
""")
        times = []
        for _ in range(20):
            begin = time.monotonic()
            subprocess.run([BIN / "godwit-agent", "once", "--config", config], check=True,
                           capture_output=True)
            times.append(time.monotonic() - begin)
        times.sort()
        print(f"start: from exec to a first sample that is safe on disk, and the end: "
              f"{times[10] * 1000:.0f} ms (median of 20)")


what, *numbers = sys.argv[2:]
{"steady": steady, "default": shipped, "drain": drain, "start": first_sample}[what](*map(int, numbers))
