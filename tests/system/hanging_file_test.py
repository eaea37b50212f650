"""A file that hangs inside the kernel, as one on a dead bus or a server that is gone: its sensor is called
hanging and comes back, the others miss no tick, and the agent puts its spool in order at a stop though the
kernel does not let its thread go. Likewise a hwmon chip that hangs, beside one that answers.

The files are served by this script, called with MOUNT and FOLDER: reads of those that hang wait for as long
as FOLDER/hang is there. Their class/ is this machine's /sys/class, too, in a mount namespace of the test's own.
(Not all of /sys: a C library that does not find the cpus there changes errno where gRPC does not expect it.)
"""

import contextlib
import ctypes
import errno
import json
import pathlib
import stat
import subprocess
import sys
import time

from harness import World, wait_until

DEBIANS_PYTHON = "/usr/bin/python3"  # has its modules
SKIPPED = 77  # as tests/CMakeLists.txt tells ctest
SERIES = 200
HANG_S = 6
HWMON = "/class/hwmon"
FILES = {
    "/volts": b"3300\n",
    f"{HWMON}/hwmon0/name": b"lm75\n",
    f"{HWMON}/hwmon0/temp1_input": b"21500\n",
    f"{HWMON}/hwmon1/name": b"lm75\n",
    f"{HWMON}/hwmon1/temp1_input": b"35000\n",
}
LINKS = {f"{HWMON}/hwmon0/device": "../../../1-0048", f"{HWMON}/hwmon1/device": "../../../1-0049"}
THAT_HANG = ("/volts", f"{HWMON}/hwmon0/temp1_input")
CLONE_NEWNS = 0x00020000


def serve(mount, folder):
    import fusepy  # as Debian calls it

    names = [*FILES, *LINKS]

    class Files(fusepy.Operations):
        def getattr(self, path, fh=None):
            if path in FILES:
                return {"st_mode": stat.S_IFREG | 0o444, "st_nlink": 1, "st_size": len(FILES[path])}
            if path in LINKS:
                return {"st_mode": stat.S_IFLNK | 0o777, "st_nlink": 1, "st_size": len(LINKS[path])}
            if path == "/" or any(name.startswith(f"{path}/") for name in names):
                return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
            raise fusepy.FuseOSError(errno.ENOENT)

        def readdir(self, path, fh):
            folder = path.rstrip("/") + "/"
            found = {name[len(folder):].split("/")[0] for name in names if name.startswith(folder)}
            return [".", "..", *sorted(found)]

        def readlink(self, path):
            return LINKS[path]

        def read(self, path, size, offset, fh):
            while path in THAT_HANG and (folder / "hang").exists():
                time.sleep(0.02)
            return FILES[path][offset:offset + size]

    # direct_io: every read comes here, none is answered by the page cache.
    fusepy.FUSE(Files(), str(mount), foreground=True, direct_io=True)


@contextlib.contextmanager
def mounted(folder):
    mount = folder / "mount"
    mount.mkdir()
    server = subprocess.Popen([DEBIANS_PYTHON, __file__, mount, folder], stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: server.poll() is not None or (mount / "volts").exists(), 10, "the file is there")
        if server.poll() is not None:
            print("skipped: no file system of our own here:", server.stderr.read()[-300:])
            sys.exit(SKIPPED)
        subprocess.run(["mount", "--bind", mount / "class", "/sys/class"], check=True)
        yield mount / "volts"
    finally:
        (folder / "hang").unlink(missing_ok=True)
        for path in ("/sys/class", mount):
            subprocess.run(["umount", "-l", path], check=False, stderr=subprocess.DEVNULL)
        server.kill()
        server.wait()


def settings(path):
    return f"""
[[sensors.pattern]]
series = {SERIES}
interval = "1s"
[[sensors.file]]
name = "stuck"
interval = "1s"
timeout = "1s"
path = "{path}"
metric = "volts"
[[sensors.hwmon]]
interval = "1s"
timeout = "1s"
"""


def hwmon(world):
    shown = json.loads(world.godwit("device", "show", "test", "-o", "json").stdout)
    found = {sensor["name"]: sensor for sensor in shown["sensors"]}
    return found["hwmon/hwmon"]["state"], found["hwmon/hwmon"]["error"]


def longest_pause(samples):
    times = [time for time, _ in samples]
    return max(after - before for before, after in zip(times, times[1:]))


def state(world):
    shown = json.loads(world.godwit("device", "show", "test", "-o", "json").stdout)
    found = {sensor["name"]: sensor for sensor in shown["sensors"]}
    return found["file/stuck"]["state"], found["file/stuck"]["error"], found["pattern/pattern"]["state"]


def main():
    if ctypes.CDLL(None).unshare(CLONE_NEWNS) != 0:
        print("skipped: no mount namespace here")
        sys.exit(SKIPPED)
    subprocess.run(["mount", "--make-rprivate", "/"], check=True)
    with World() as world, mounted(world.folder) as path:
        hang = world.folder / "hang"
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(settings(path)).start()
        wait_until(lambda: world.device() is not None and state(world)[0] == "good", 20, "the file is read")

        hang.touch()
        wait_until(lambda: state(world)[0] == "hanging", 20, "the sensor is called hanging")
        assert "no answer within 1s" in state(world)[1], state(world)
        assert state(world)[2] == "good", state(world)
        assert hwmon(world)[0] == "failing", hwmon(world)
        assert "lm75.1-0048: no answer within 800ms" in hwmon(world)[1], hwmon(world)
        time.sleep(HANG_S)
        hang.unlink()
        wait_until(lambda: state(world)[0] == "good", 20, "the sensor is good again")

        hang.touch()
        time.sleep(3)
        agent.process.terminate()
        wait_until(lambda: agent.said("stopped"), 10, "the agent stops although a thread of it hangs")
        hang.unlink()
        assert agent.process.wait(timeout=10) == 0

        series = world.export("godwit.pattern.count")
        assert len(series) == SERIES, len(series)
        for index, samples in series.items():
            values = [value for _, value in samples]
            assert values == list(range(1, len(values) + 1)), (index, values)
        # Nulls are no samples: the times tell how long nothing was read.
        longest = longest_pause(world.export("volts")["volts"])
        assert longest >= HANG_S, longest
        hung, well = (world.export(f"hw.temperature{{*lm75.{device}/*")["hw.temperature"]
                      for device in ("1-0048", "1-0049"))
        assert longest_pause(hung) >= HANG_S, hung
        assert longest_pause(well) < 1.5, well
        assert collector.stop() == 0
        print(f"{len(values)} ticks of {SERIES} series, none missed, beside {longest:.0f} s without an answer")


if len(sys.argv) == 3:
    serve(sys.argv[1], pathlib.Path(sys.argv[2]))
else:
    main()
