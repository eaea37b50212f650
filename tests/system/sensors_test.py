"""Sensors that hang, flood, fork, crash, lie and vanish, and a hundred thousand statsd names a second:
the others miss no tick, memory stays bounded, and an operator sees what is wrong."""

import json
import os
import pathlib
import socket
import threading
import time

from harness import World, free_port, wait_until

SECONDS = 25
SERIES = 200
MEMORY_GROWTH_MAX_KB = 6 * 1024

EXEC = """
[[sensors.exec]]
name = "{name}"
interval = "1s"
timeout = "1s"
command = ["/bin/sh", "-c", '''{script}''']
"""
PROGRAMS = {
    "good": "echo meter.a 1; echo 'meter.b{zone=2} 2.5'",
    "sleeps": "sleep 983",
    "floods": "yes meter 1",
    "crashes": "kill -SEGV $$",
    "forks": "while :; do sleep 983 & done",
    "stays": "setsid sleep 983 & echo meter.c 1",
    "lies": "head -c 3000 /dev/urandom",
}


class Flood(threading.Thread):
    """New statsd names, as fast as a hundred thousand a second; `hits` once for each datagram."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.port, self.names, self.datagrams, self.going = port, 0, 0, True

    def run(self):
        sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        while self.going:
            lines = [f"flood.{self.names + i}:1|c" for i in range(100)]
            sender.sendto("\n".join(["hits:1|c", *lines]).encode(), ("127.0.0.1", self.port))
            self.names += 100
            self.datagrams += 1
            if self.datagrams % 20 == 0:
                time.sleep(0.02)


def resident_kb(pid):
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


def left_behind():
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if b"sleep\x00983" in entry.read_bytes():
                found.append(entry)
        except OSError:
            pass
    return found


def settings(world, port):
    fifo = world.folder / "fifo"
    os.mkfifo(fifo)
    (world.folder / "volts").write_text("3300\n")
    files = "".join(f"""
[[sensors.file]]
name = "{name}"
interval = "1s"
path = "{world.folder}/{name}"
metric = "file.{name}"
scale = 0.001
""" for name in ("fifo", "volts"))
    programs = "".join(EXEC.format(name=name, script=script) for name, script in PROGRAMS.items())
    return f"""
[[sensors.pattern]]
series = {SERIES}
interval = "1s"
[[sensors.system]]
interval = "1s"
[[sensors.statsd]]
interval = "1s"
listen = "127.0.0.1:{port}"
max_series = 500
{files}{programs}
"""


def main():
    with World() as world:
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        port = free_port()
        agent = world.agent(settings(world, port)).start()
        wait_until(lambda: world.device() is not None, 10, "the device is there")
        flood = Flood(port)
        flood.start()
        time.sleep(SECONDS / 3)
        begin_kb = resident_kb(agent.process.pid)
        (world.folder / "volts").unlink()
        time.sleep(SECONDS / 3)
        shown = json.loads(world.godwit("device", "show", "test", "-o", "json").stdout)
        (world.folder / "volts").write_text("3400\n")
        time.sleep(SECONDS / 3)
        flood.going = False
        grown_kb = resident_kb(agent.process.pid) - begin_kb
        assert agent.stop() == 0
        time.sleep(0.5)

        assert left_behind() == [], left_behind()
        assert grown_kb < MEMORY_GROWTH_MAX_KB, grown_kb
        series = world.export("godwit.pattern.count")
        assert len(series) == SERIES
        for index, samples in series.items():
            values = [value for _, value in samples]
            assert values == list(range(1, len(values) + 1)), (index, values)
        assert len(values) >= SECONDS - 2, len(values)

        sensors = {sensor["name"]: sensor for sensor in shown["sensors"]}
        assert sensors["pattern/pattern"]["state"] == "good"
        assert all(sensor["missed"] == 0 for sensor in sensors.values()), sensors
        for name, word in (("exec/sleeps", "longer than 1s"), ("exec/floods", "more than 64KiB"),
                           ("exec/crashes", "signal 11"), ("exec/forks", "longer than 1s"),
                           ("exec/lies", "refused"), ("file/fifo", "fifo"),
                           ("file/volts", "No such file")):
            assert sensors[name]["state"] == "failing" and word in sensors[name]["error"], (
                name, sensors[name])
        assert sensors["statsd/statsd"]["refused"] > 0, sensors["statsd/statsd"]
        assert sensors["statsd/statsd"]["series"] == 500
        assert flood.names >= 50_000 * SECONDS * 2 / 3, flood.names
        volts = [value for _, value in world.export("file.volts")["file.volts"]]
        assert volts[0] == 3.3 and volts[-1] == 3.4 and None not in volts, volts
        hits = [value for _, value in world.export("hits")["hits"]]
        assert 0 < hits[-1] <= flood.datagrams and hits == sorted(hits), (hits, flood.datagrams)
        assert world.export("meter.a")["meter.a"][-1][1] == 1
        assert collector.stop() == 0
        print(f"{len(values)} ticks of {SERIES} series, none missed; {flood.names} statsd names, "
              f"{round(100 * hits[-1] / flood.datagrams)} % of the datagrams taken; "
              f"{grown_kb} KiB grown")


main()
