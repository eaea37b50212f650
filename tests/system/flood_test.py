"""More connections than there is room for. A connect flood from one address delays nobody else, and at
the limit of open files those that are connected are served, operators and /healthz answer, and
newcomers get in when others leave."""

import json
import os
import socket
import threading
import time
import urllib.request

from harness import World, wait_until

FLOOD_ADDRESS = "127.0.0.66"
FLOOD_S = 6
LAG_MAX_S = 5
FILES = 256
SENSORS = '[[sensors.pattern]]\ninterval = "200ms"\n'
# What makes it a connection of HTTP/2 that may stay: the preface, and settings without one.
HTTP2 = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"


def devices(world):
    rows = json.loads(world.godwit("device", "ls", "-o", "json").stdout)
    return {row["name"]: row for row in rows}


def start_agent(world, name):
    return world.agent(SENSORS, period="1s", stream_period="1s", name=name,
                       upload='backoff = { initial = "200ms", max = "1s" }').start()


def is_there(world, name):
    return devices(world).get(name, {}).get("records", 0) > 0


def start_collector(world, files=None):
    collector = world.collector()
    if files:
        collector.arguments = ["prlimit", f"--nofile={files}:{files}", *collector.arguments]
    collector.log.write_text("")
    collector.start()
    wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
    return collector


class Flood:
    """Connects as fast as it can, and keeps the newest connections open."""

    def __init__(self, port):
        self.port, self.count, self.going = port, 0, True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        crowd = []
        while self.going:
            try:
                crowd.append(socket.create_connection(("127.0.0.1", self.port), 1, (FLOOD_ADDRESS, 0)))
                self.count += 1
            except OSError:
                time.sleep(0.01)
            if len(crowd) > 3000:
                crowd.pop(0).close()

    def stop(self):
        self.going = False
        self.thread.join()


def a_flood_delays_nobody(world):
    collector = start_collector(world)
    first = start_agent(world, "first")
    wait_until(lambda: is_there(world, "first"), 15, "the first device uploads")
    flood = Flood(world.devices_port)
    time.sleep(1)
    started = time.monotonic()
    second = start_agent(world, "second")
    entered, lag = None, 0
    while time.monotonic() - started < FLOOD_S - 1:
        now = devices(world)
        lag = max(lag, time.time() - now["first"]["newest_sample_unix_ns"] / 1e9)
        if entered is None and now.get("second", {}).get("records", 0) > 0:
            entered = time.monotonic() - started
        time.sleep(0.1)
    flood.stop()
    print(f"{flood.count} connections in {FLOOD_S} s: a device beside them lags {lag:.1f} s at most, "
          f"and a new one has its first record stored after {entered or -1:.1f} s")
    assert lag < LAG_MAX_S and entered is not None and entered < LAG_MAX_S
    for process in (first, second, collector):
        process.stop()


def at_the_limit_of_open_files(world):
    collector = start_collector(world, FILES)
    start_agent(world, "first")
    before = devices(world)["first"]["records"]
    wait_until(lambda: devices(world)["first"]["records"] > before, 15, "the first device uploads")
    crowd = []
    for _ in range(FILES + 50):
        each = socket.create_connection(("127.0.0.1", world.devices_port), 5, (FLOOD_ADDRESS, 0))
        crowd.append(each)
        try:
            each.sendall(HTTP2)
        except OSError:
            pass  # turned away already
    wait_until(lambda: collector.said("too many connections for the limit of open files (256)"), 10,
               "the limit is noticed")
    opened = len(os.listdir(f"/proc/{collector.process.pid}/fd"))
    start_agent(world, "third")
    before = devices(world)["first"]["records"]
    wait_until(lambda: devices(world)["first"]["records"] > before + 2, 10, "verdicts go on")
    assert world.health() == (200, "ok\n")
    assert world.godwit("status").returncode == 0
    assert world.godwit("export", "-d", "first", "--since", "1m", "-o", "csv").stdout.count("\n") > 5
    assert not is_there(world, "third"), "it got in, and there was no room"
    for each in crowd:
        each.close()
    wait_until(lambda: is_there(world, "third"), 15, "a newcomer gets in")
    metrics = urllib.request.urlopen(f"http://127.0.0.1:{world.http_port}/metrics", timeout=5).read()
    print(f"{opened} of {FILES} descriptors at the limit")
    assert b'refusals_total{reason="too many open files"}' in metrics
    assert opened < FILES - 100, opened
    assert collector.log.read_text().count("too many connections") == 1


def main():
    with World() as world:
        a_flood_delays_nobody(world)
        at_the_limit_of_open_files(world)


main()
