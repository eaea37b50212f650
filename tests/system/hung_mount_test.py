"""A disk that is mounted below a network mount whose server is gone, and one that another mount covers: the first
costs its own values and one thread, however long it lasts, and the second has no value that is another's. The other
file systems and the other parts of the sensor miss no tick, and the agent stops at SIGTERM.

In a mount namespace of its own, in which /proc/filesystems calls tmpfs a type with a disk.
"""

import json
import os
import pathlib
import subprocess
import sys
import time

from hanging_mount import SKIPPED, mounted
from harness import World, wait_until

HANG_S = 4
MEBIBYTE = 1 << 20


def mount_disk(name, path, mebibytes):
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={mebibytes}m", name, path], check=True)


def mount_all(world, below):
    types = world.write("filesystems", "nodev\tsysfs\n\ttmpfs\n")
    subprocess.run(["mount", "--bind", types, "/proc/filesystems"], check=True)
    for point in ("fine", "twice"):
        (world.folder / point).mkdir()
    mount_disk("fine", world.folder / "fine", 1)
    mount_disk("covered", world.folder / "twice", 20)
    mount_disk("covering", world.folder / "twice", 60)
    mount_disk("below", below, 2)


def settings(world):
    def sensor(name, parts, points):
        points = json.dumps([f"{world.folder}/{point}" for point in points])
        return (f'[[sensors.system]]\nname = "{name}"\ninterval = "1s"\ninclude = {json.dumps(parts)}\n'
                f'filesystem = {{ include = {points}, exclude_types = [], every = 1 }}\n')
    return sensor("stuck", ["filesystem", "uptime"], ["mount/*", "fine"]) + sensor("twice", ["filesystem"], ["twice"])


def state(world, name):
    shown = json.loads(world.godwit("device", "show", "test", "-o", "json").stdout)
    found = {sensor["name"]: sensor for sensor in shown["sensors"]}[f"system/{name}"]
    return found["state"], found["error"]


def samples(world, metric, point=None):
    """Times and values of the one series of that metric, at that mount point."""
    exported = world.godwit("export", "-d", "test", metric, "--since", "1h", "-o", "jsonl").stdout
    rows = [json.loads(line) for line in exported.splitlines()]
    return [(row["time_unix_ns"] / 1e9, row["value"]) for row in rows
            if point is None or row["attributes"]["system.filesystem.mountpoint"].endswith(point)]


def missed(found, since, until):
    times = [at for at, _ in found if since <= at <= until]
    return int(until - since) - len(times)


def main():
    with World() as world, mounted(world.folder, "below", None, 0o755, ["getattr"]) as below:
        mount_all(world, below)
        hang = world.folder / "hang"
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(settings(world)).start()
        wait_until(lambda: world.device() is not None and state(world, "stuck")[0] == "good", 20, "all are read")
        assert "twice: another mount covers it" in state(world, "twice")[1], state(world, "twice")

        hang.touch()
        since = time.time()
        wait_until(lambda: "mount/below: no answer" in state(world, "stuck")[1], 20, "the silent one is named")
        threads = pathlib.Path(f"/proc/{agent.process.pid}/task")
        before = len(list(threads.iterdir()))
        time.sleep(HANG_S)
        assert len(list(threads.iterdir())) <= before, "a thread for each tick"
        until = time.time()
        hang.unlink()
        wait_until(lambda: state(world, "stuck")[0] == "good", 20, "it has values again")

        hang.touch()
        time.sleep(2)
        stopping = time.time()
        agent.process.terminate()
        wait_until(lambda: agent.said("stopped"), 4, "the agent stops although a thread of it hangs")
        took = time.time() - stopping
        hang.unlink()
        assert agent.process.wait(timeout=10) == 0

        # The one tick that finds it silent may be late by the patience, and the next be skipped.
        assert missed(samples(world, "system.uptime"), since, until) <= 1
        assert missed(samples(world, "system.filesystem.limit", "/fine"), since, until) <= 1
        assert missed(samples(world, "system.filesystem.limit", "/below"), since, until) >= HANG_S - 1
        covering = [value for _, value in samples(world, "system.filesystem.limit", "/twice")]
        assert covering and set(covering) == {60 * MEBIBYTE}, covering
        assert collector.stop() == 0
        print(f"one silent file system beside others for {until - since:.0f} s; stopped within {took:.1f} s")


if os.environ.get("GODWIT_TEST_MOUNTS") != "own":
    probe = subprocess.run(["unshare", "-m", "true"], check=False, stderr=subprocess.PIPE, text=True)
    if probe.returncode != 0:
        print("skipped: no mount namespace to be had:", probe.stderr)
        sys.exit(SKIPPED)
    os.environ["GODWIT_TEST_MOUNTS"] = "own"
    os.execvp("unshare", ["unshare", "-m", sys.executable, *sys.argv])
main()
