#!/usr/bin/env python3
"""The whole path of a real agent, measured: 500 series at 1 s, TLS, fdatasync on an ext4 of its own, a
collector at the other end of a veth.

usage: agent_bench.py BIN steady PERIOD_S SECONDS      batch.period, how long to measure: this machine's
                                                       system values, the rest computed (CPU, memory)
       agent_bench.py BIN recorded PERIOD_S SECONDS    the rest recorded /proc values (wire, disk), which
                                                       the agent has to parse
       agent_bench.py BIN default SECONDS              the shipped settings instead
       agent_bench.py BIN drain HOURS KBIT             a backlog over a link of so many kbit/s
       agent_bench.py BIN start                        from exec to the first sample

Before and after the agent, where it runs and as often as its system sensor is read, pread_floor asks the kernel
for the same files and does nothing else. The floor is the median of these runs, so a neighbour on the machine
moves it little; not at the same time, since each would find what the other has brought into the caches.

Needs root. How it is measured: measuring.py.
"""
import pathlib
import re
import statistics
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
FLOOR_RUNS = 5  # before the agent, and again after it
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


def computed(series):
    """Sensors with as many series that cost the agent no parser: counters, numbers and states in the shares
    that they have in /proc and on a machine's buses."""
    counts, states = series * 6 // 10, series // 10
    return "".join(f"""
[[sensors.pattern]]
name = "{shape}"
interval = "1s"
shape = "{shape}"
series = {number}
resolution = {resolution}
""" for shape, number, resolution in (("count", counts, 0.0), ("square", states, 0.0),
                                      ("sine", series - counts - states, 0.001)))


def steady(period_s, seconds):
    measure_beside_system("computed", lambda folder, series: computed(series), period_s, seconds)


def recorded(period_s, seconds):
    measure_beside_system("recorded", lambda folder, series: f"""
[[sensors.replay]]
interval = "1s"
path = "{recording(folder, series)}"
""", period_s, seconds)


def measure_beside_system(kind, sensors_of, period_s, seconds):
    with World() as world, Network() as network, Disk(world.folder) as disk:
        own = system_series(world, network)
        sensors = '[[sensors.system]]\ninterval = "1s"\n' + sensors_of(world.folder, SERIES - own)
        agent = start(world, network, disk, sensors, f"{period_s}s", "30s")
        what = f"{SERIES} series at 1 s, {own} of them system, {SERIES - own} {kind}, batch.period {period_s} s"
        measure(network, disk, agent, what, SERIES, 1, period_s, seconds)


def shipped(seconds):
    with World() as world, Network() as network, Disk(world.folder) as disk:
        series = system_series(world, network) + AGENT_SERIES
        agent = start(world, network, disk, "[[sensors.system]]\n[[sensors.agent]]\n", "60s", "30s")
        what = f"the shipped settings: {series} series at 10 s, batch.period 60 s"
        measure(network, disk, agent, what, series / 10, 10, 60, seconds)


def floors_us(network, interval_s, seconds):
    """Microseconds of CPU a reading of the kernel's files alone takes: one figure for each of some runs."""
    rounds = max(3, seconds // (4 * FLOOR_RUNS * interval_s))
    command = ["ip", "netns", "exec", network.device, BIN / "pread_floor", str(rounds), str(interval_s * 1000)]
    return [float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            for _ in range(FLOOR_RUNS)]


def measure(network, disk, agent, what, samples_per_s, interval_s, period_s, seconds):
    floors = floors_us(network, interval_s, seconds)
    agent.start()
    time.sleep(WARM_UP_S + period_s)
    # The agent, and its spawner with the keeper, which never wake here.
    measured = Measurement(network, disk, process_tree(agent.process.pid), seconds)
    agent.stop()
    floors += floors_us(network, interval_s, seconds)
    report(what, samples_per_s, interval_s, measured, statistics.median(floors))


def system_series(world, network):
    config = world.write("system.toml", "[[sensors.system]]\n")
    out = subprocess.run(["ip", "netns", "exec", network.device, BIN / "godwit-agent", "test",
                          "--config", config], check=True, capture_output=True, text=True).stdout
    return sum(line.startswith("  ") for line in out.splitlines())


def report(what, samples_per_s, interval_s, measured, floor_us):
    elapsed, cpu, memory, wakes = measured.elapsed, measured.cpu, measured.memory, measured.wakes
    samples = samples_per_s * elapsed
    print(f"{what}; {elapsed:.0f} s:")
    print(f"  CPU       {sum(cpu) / samples * 1e6:.2f} s per million samples, "
          f"{sum(cpu) / elapsed * 1e3:.3f} ms a second (spawner {sum(cpu[1:]):.2f} s of {sum(cpu):.2f})")
    print(f"  floor     {floor_us / (samples_per_s * interval_s):.2f} s per million samples: bare preads of the kernel "
          f"files every {interval_s} s, the median of {2 * FLOOR_RUNS} runs")
    print(f"  ratio     {sum(cpu) / elapsed * interval_s * 1e6 / floor_us:.2f} of the agent to the floor "
          f"(1.6 or less is asked of {SERIES} series at 1 s)")
    print(f"  memory    {memory[0]['Rss'] / 1024:.1f} MiB resident, "
          f"{memory[0]['Anonymous'] / 1024:.1f} MiB anonymous; spawner "
          f"{sum(each['Rss'] for each in memory[1:]) / 1024:.1f} and "
          f"{sum(each['Anonymous'] for each in memory[1:]) / 1024:.2f}")
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
    parts = {"steady": steady, "recorded": recorded, "default": shipped, "drain": drain,
             "start": first_sample}
    parts[what](*map(int, numbers))
