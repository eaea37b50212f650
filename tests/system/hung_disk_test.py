"""A disk whose fsync hangs for longer than the service manager waits: the agent is not killed, says what is wrong, and
uploads what it samples from memory; nothing is lost when the disk answers again.

The disk is a folder served by this script, called with MOUNT and FOLDER: a sync takes as long as FOLDER/hang is there.
"""

import contextlib
import os
import pathlib
import socket
import subprocess
import sys
import threading
import time

from harness import World, wait_until

DEBIANS_PYTHON = "/usr/bin/python3"  # has its modules
SKIPPED = 77  # as tests/CMakeLists.txt tells ctest
WATCHDOG_S = 6
HANG_S = 12
SERIES = 5


def serve(mount, folder):
    import fusepy  # as Debian calls it

    below = folder / "below"

    class Disk(fusepy.Operations):
        def path(self, path):
            return str(below / path.lstrip("/"))

        def getattr(self, path, fh=None):
            try:
                facts = os.lstat(self.path(path))
            except OSError as error:
                raise fusepy.FuseOSError(error.errno) from error
            return {key: getattr(facts, key) for key in ("st_mode", "st_nlink", "st_size", "st_uid", "st_gid", "st_mtime")}

        def readdir(self, path, fh):
            return [".", "..", *os.listdir(self.path(path))]

        def mkdir(self, path, mode):
            os.mkdir(self.path(path), mode)

        def create(self, path, mode, fi=None):
            return os.open(self.path(path), os.O_CREAT | os.O_RDWR, mode)

        def open(self, path, flags):
            return os.open(self.path(path), os.O_RDWR)

        def read(self, path, size, offset, fh):
            return os.pread(fh, size, offset)

        def write(self, path, data, offset, fh):
            return os.pwrite(fh, data, offset)

        def unlink(self, path):
            os.unlink(self.path(path))

        def rename(self, old, new):
            os.rename(self.path(old), self.path(new))

        def truncate(self, path, length, fh=None):
            os.truncate(self.path(path), length)

        def release(self, path, fh):
            os.close(fh)

        def fsync(self, path, datasync, fh):
            while (folder / "hang").exists():
                time.sleep(0.02)
            os.fdatasync(fh)

        def statfs(self, path):
            facts = os.statvfs(below)
            return {key: getattr(facts, key) for key in ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_frsize")}

    fusepy.FUSE(Disk(), str(mount), foreground=True)


@contextlib.contextmanager
def mounted(folder):
    mount = folder / "agent"
    mount.mkdir()
    (folder / "below").mkdir()
    server = subprocess.Popen([DEBIANS_PYTHON, __file__, mount, folder], stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: server.poll() is not None or os.path.ismount(mount), 10, "the disk is there")
        if server.poll() is not None:
            print("skipped: no file system of our own here:", server.stderr.read()[-300:])
            sys.exit(SKIPPED)
        yield
    finally:
        (folder / "hang").unlink(missing_ok=True)
        subprocess.run(["umount", "-l", mount], check=False, stderr=subprocess.DEVNULL)
        server.kill()
        server.wait()


class ServiceManager:
    """Takes what the agent says of itself, and when."""

    def __init__(self, folder):
        self.path = str(folder / "notify")
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.alive = []
        self.lines = []
        threading.Thread(target=self._take, daemon=True).start()

    def _take(self):
        while True:
            for word in self.socket.recv(65536).decode(errors="replace").splitlines():
                if word == "WATCHDOG=1":
                    self.alive.append(time.monotonic())
                elif word.startswith("STATUS="):
                    self.lines.append(word.removeprefix("STATUS="))

    def longest_silence(self):
        return max(after - before for before, after in zip(self.alive, self.alive[1:]))


def newest(world):
    if world.device() is None:
        return 0
    return max((at for samples in world.export("godwit.pattern.count").values() for at, _ in samples), default=0)


def main():
    with World() as world, mounted(world.folder):
        hang = world.folder / "hang"
        manager = ServiceManager(world.folder)
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(f'[[sensors.pattern]]\nseries = {SERIES}\ninterval = "1s"\n', period="1s", stream_period="1s")
        os.environ["NOTIFY_SOCKET"] = manager.path
        os.environ["WATCHDOG_USEC"] = str(WATCHDOG_S * 1_000_000)
        agent.start()
        wait_until(lambda: newest(world) > 0, 20, "samples are stored")

        hang.touch()
        wait_until(lambda: agent.said("the disk does not answer"), 15, "the log says that it hangs")
        started = time.time()
        wait_until(lambda: newest(world) > started + HANG_S - 8, HANG_S, "samples come from memory")
        wait_until(lambda: any("the disk takes no records" in line for line in manager.lines), 10, "the status says so")
        wait_until(lambda: "disk" in world.device() and "answer" in world.device()["disk"], 5, "the operator sees it")
        assert agent.running() and manager.longest_silence() < WATCHDOG_S, manager.longest_silence()

        hang.unlink()
        wait_until(lambda: agent.said("the disk takes records again"), 20, "it goes on with the disk")
        assert agent.stop() == 0
        for index, samples in world.export("godwit.pattern.count").items():
            values = [value for _, value in samples]
            assert values == list(range(1, len(values) + 1)), (index, values)
        assert agent.log.read_text().count("the disk does not answer") == 1, "said once"
        assert collector.stop() == 0
    print(f"{len(values)} ticks of {SERIES} series, none missing, over a sync that hung")


if len(sys.argv) == 3:
    serve(sys.argv[1], pathlib.Path(sys.argv[2]))
else:
    main()
