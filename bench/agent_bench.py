#!/usr/bin/env python3
"""The whole path of a real agent, measured: 500 series at 1 s (this machine's system values, the rest
recorded /proc values), TLS, fdatasync on an ext4 of its own, a collector at the other end of a veth.

usage: agent_bench.py BIN steady PERIOD_S SECONDS      batch.period, how long to measure
       agent_bench.py BIN default SECONDS              the shipped settings instead
       agent_bench.py BIN drain HOURS KBIT             a backlog over a link of so many kbit/s
       agent_bench.py BIN start                        from exec to the first sample
Needs root. How it is measured: measuring.py.
"""
import pathlib
import re
import subprocess
import sys
import time

# First: it makes the modules of the system tests known.
from measuring import (BIN, DAY_S, MONTH_S, ROOT, Disk, Measurement, memory_kb, process_tree,
                       wire_bytes)
from authority import Authority, tls
from harness import World, wait_until
from network import COLLECTOR_ADDRESS, Network

SERIES = 500
AGENT_SERIES = 19
WARM_UP_S = 20
PORT = 7443


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
    # The agent and its spawner, which never wakes here.
    measured = Measurement(network, disk, process_tree(agent.process.pid), seconds)
    agent.stop()
    floors_us = [float(subprocess.run([BIN / "pread_floor", *how], check=True,
                                      capture_output=True, text=True).stdout)
                 for how in (["3000"], ["30", "1000"])]
    report(what, samples_per_s, measured, floors_us)


def system_series(world, network):
    config = world.write("system.toml", "[[sensors.system]]\n")
    out = subprocess.run(["ip", "netns", "exec", network.device, BIN / "godwit-agent", "test",
                          "--config", config], check=True, capture_output=True, text=True).stdout
    return sum(line.startswith("  ") for line in out.splitlines())


def report(what, samples_per_s, measured, floors_us):
    elapsed, cpu, memory, wakes = measured.elapsed, measured.cpu, measured.memory, measured.wakes
    samples = samples_per_s * elapsed
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
    print(f"  wire      {measured.wire / samples:.3f} B/sample both ways, "
          f"{measured.wire / elapsed * MONTH_S / 1e6:.0f} "
          "MB a month")
    print(f"  disk      {measured.written / samples:.2f} B/sample at the block device, "
          f"{measured.written / elapsed * DAY_S / 1e6:.0f} MB a day")


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


if __name__ == "__main__":
    what, *numbers = sys.argv[2:]
    parts = {"steady": steady, "default": shipped, "drain": drain, "start": first_sample}
    parts[what](*map(int, numbers))
