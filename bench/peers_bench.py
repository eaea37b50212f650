#!/usr/bin/env python3
"""The agent beside others that do its job: each reads this machine's system values every 10 s and sends
them every 60 s, over TLS where it can, with its buffer on an ext4 of its own, synced where it can.

usage: peers_bench.py BIN cost SECONDS [NAME ...]     what each costs, measured for so long, in turn
       peers_bench.py BIN outage SECONDS [NAME ...]   what arrives when the link is cut for so long and the
                                                      agent is killed half way, all at the same time
NAME: godwit, otelcol, telegraf, collectd, prometheus; all without one. How each is started: peer_agents.py.
The OpenTelemetry Collector and Telegraf are built from their own modules (go), the others are Debian's. What is not there is left out and named. A sample is a value that has reached the other end, so
who reads more of /proc is not charged for it in what is per sample. Needs root.
"""
import concurrent.futures
import contextlib
import sys
import time

# First: it makes the modules of the system tests known.
from measuring import DAY_S, MONTH_S, Disk, Measurement
from harness import World
from network import Network
from peer_agents import INTERVAL_S, PEERS, Place
from peer_programs import Missing

BATCH_S = 60
WARM_UP_S = 2 * BATCH_S + 10
# After the link is there again: the longest back-off of any of them, and a batch.
DRAIN_S = 360

COST = "{:<12}{:>9}{:>9}{:>11}{:>9}{:>9}{:>10}{:>9}{:>9}{:>9}{:>9}"
COST_HEAD = [("", "samples", "CPU", "CPU s per", "memory", "anon.", "wake-ups", "wire", "wire MB", "disk",
              "disk MB"),
             ("", "a second", "ms/s", "10^6 samp.", "MiB", "MiB", "a second", "B/sample", "a month",
              "B/sample", "a day")]
OUTAGE = "{:<12}{:>8}{:>10}{:>10}{:>9}{:>22}"


@contextlib.contextmanager
def warmed_up(name):
    """One of them at work in a place of its own; ended behind it."""
    with World() as world, Network() as network, Disk(world.folder) as disk:
        place = Place(world, network, disk)
        peer = PEERS[name](place)
        try:
            peer.begin()
            pids = peer.start()
            time.sleep(WARM_UP_S)
            yield place, peer, pids
        finally:
            place.end()


def cost(name, seconds):
    with warmed_up(name) as (place, peer, pids):
        before = peer.arrived()
        measured = Measurement(place.network, place.disk, pids, seconds)
        place.check_running()
        return cost_row(name, measured, peer.arrived() - before)


def cost_row(name, measured, samples):
    assert samples > 0, f"{name}: nothing has arrived"
    elapsed, cpu = measured.elapsed, sum(measured.cpu)
    resident, own = (sum(each[kind] for each in measured.memory) / 1024 for kind in ("Rss", "Anonymous"))
    return COST.format(
        name, f"{samples / elapsed:.1f}", f"{cpu / elapsed * 1e3:.2f}", f"{cpu / samples * 1e6:.0f}",
        f"{resident:.1f}", f"{own:.1f}", f"{sum(measured.wakes.values()):.1f}",
        f"{measured.wire / samples:.1f}", f"{measured.wire / elapsed * MONTH_S / 1e6:.0f}",
        f"{measured.written / samples:.0f}", f"{measured.written / elapsed * DAY_S / 1e6:.0f}")


def outage(name, seconds):
    with warmed_up(name) as (place, peer, _):
        begin = time.time()
        place.network.cut()
        time.sleep(seconds / 2)
        peer.kill()
        peer.start()
        time.sleep(seconds / 2)
        end = time.time()
        place.network.heal()
        time.sleep(DRAIN_S)
        return outage_row(name, begin, end, peer.load_times())


def outage_row(name, begin, end, times):
    assert any(time < begin for time in times), f"{name}: nothing has ever arrived"
    inside = sorted(time for time in times if begin <= time < end)
    different = sorted(set(inside))
    due = (end - begin) / INTERVAL_S
    holes = [b - a for a, b in zip([begin, *different], [*different, end])]
    return OUTAGE.format(name, f"{due:.0f}", len(different), f"{len(different) / due * 100:.0f} %",
                         len(inside) - len(different), f"{max(holes):.0f} s")


def answer(part, name, seconds):
    try:
        return part(name, seconds)
    except Missing as missing:
        return f"{name:<12}({missing})"


def main(part, seconds, names):
    print(f"this machine's system values every {INTERVAL_S} s, batches of {BATCH_S} s")
    names = names or list(PEERS)
    if seconds < 2 * BATCH_S or seconds % BATCH_S:
        sys.exit(f"peers_bench: {seconds} s: whole batches are wanted, {2 * BATCH_S} s of them or more")
    if part == "cost":
        print(f"{seconds} s each, one after another", *(COST.format(*line) for line in COST_HEAD), sep="\n")
        for name in names:
            print(answer(cost, name, seconds), flush=True)
        return
    print(f"the link is cut for {seconds} s, the agent is killed half way and started again",
          OUTAGE.format("", "due", "arrived", "", "twice", "longest hole"), sep="\n")
    with concurrent.futures.ProcessPoolExecutor(len(names)) as all_at_once:
        for row in all_at_once.map(answer, [outage] * len(names), names, [seconds] * len(names)):
            print(row, flush=True)


if __name__ == "__main__":
    main(sys.argv[2], int(sys.argv[3]), sys.argv[4:])
