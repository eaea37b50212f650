"""A file that hangs inside the kernel, as one on a dead bus or a server that is gone: its sensor is called
hanging and comes back, the others miss no tick, and the agent puts its spool in order at a stop though the
kernel does not let its thread go.

The file is served by this script, called with MOUNT and FOLDER: its reads wait for as long as FOLDER/hang
is there.
"""

import contextlib
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
TEXT = b"3300\n"


def serve(mount, folder):
    import fusepy  # as Debian calls it

    class Files(fusepy.Operations):
        def getattr(self, path, fh=None):
            if path == "/":
                return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
            if path == "/volts":
                return {"st_mode": stat.S_IFREG | 0o444, "st_nlink": 1, "st_size": len(TEXT)}
            raise fusepy.FuseOSError(errno.ENOENT)

        def read(self, path, size, offset, fh):
            while (folder / "hang").exists():
                time.sleep(0.02)
            return TEXT[offset:offset + size]

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
        yield mount / "volts"
    finally:
        (folder / "hang").unlink(missing_ok=True)
        subprocess.run(["umount", "-l", mount], check=False, stderr=subprocess.DEVNULL)
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
"""


def state(world):
    shown = json.loads(world.godwit("device", "show", "test", "-o", "json").stdout)
    found = {sensor["name"]: sensor for sensor in shown["sensors"]}
    return found["file/stuck"]["state"], found["file/stuck"]["error"], found["pattern/pattern"]["state"]


def main():
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
        times = [time for time, _ in world.export("volts")["volts"]]
        longest = max(after - before for before, after in zip(times, times[1:]))
        assert longest >= HANG_S, times
        assert collector.stop() == 0
        print(f"{len(values)} ticks of {SERIES} series, none missed, beside {longest:.0f} s without an answer")


if len(sys.argv) == 3:
    serve(sys.argv[1], pathlib.Path(sys.argv[2]))
else:
    main()
