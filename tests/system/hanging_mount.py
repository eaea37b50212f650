"""A file system of a test's own, with one file or folder in it, that hangs inside the kernel as one on a dead bus or
on a server that is gone: for as long as FOLDER/hang is there, for the caller of one of the operations named in `hangs`
waits, and no signal reaches him.

This script serves it, called with MOUNT, FOLDER and a description as JSON.
"""

import contextlib
import errno
import json
import pathlib
import stat
import subprocess
import sys
import time

from harness import wait_until

DEBIANS_PYTHON = "/usr/bin/python3"  # has its modules
SKIPPED = 77  # as tests/CMakeLists.txt tells ctest


def serve(mount, folder, name, content, mode, hangs):
    import fusepy  # as Debian calls it

    def wait(operation):
        while operation in hangs and (folder / "hang").exists():
            time.sleep(0.02)

    class Files(fusepy.Operations):
        def getattr(self, path, fh=None):
            if path == "/":
                return {"st_mode": stat.S_IFDIR | 0o755, "st_nlink": 2}
            if path != f"/{name}":
                raise fusepy.FuseOSError(errno.ENOENT)
            wait("getattr")
            kind = stat.S_IFDIR if content is None else stat.S_IFREG
            return {"st_mode": kind | mode, "st_nlink": 1, "st_size": len(content or "")}

        def open(self, path, flags):
            wait("open")
            return 0

        def read(self, path, size, offset, fh):
            wait("read")
            return content.encode()[offset:offset + size]

    # Every read and every look-up comes here: none is answered by a cache.
    options = {"direct_io": True} if "read" in hangs else {}
    fusepy.FUSE(Files(), str(mount), foreground=True, attr_timeout=0, entry_timeout=0, **options)


@contextlib.contextmanager
def mounted(folder, name, content, mode, hangs):
    """Yields the path of the one file, or of the one folder if `content` is None."""
    mount = folder / "mount"
    mount.mkdir()
    description = {"name": name, "content": content, "mode": mode, "hangs": hangs}
    server = subprocess.Popen([DEBIANS_PYTHON, __file__, mount, folder, json.dumps(description)],
                              stderr=subprocess.PIPE, text=True)
    try:
        wait_until(lambda: server.poll() is not None or (mount / name).exists(), 10, "the file system is there")
        if server.poll() is not None:
            print("skipped: no file system of our own here:", server.stderr.read()[-300:])
            sys.exit(SKIPPED)
        yield mount / name
    finally:
        (folder / "hang").unlink(missing_ok=True)
        subprocess.run(["umount", "-l", mount], check=False, stderr=subprocess.DEVNULL)
        server.kill()
        server.wait()


if __name__ == "__main__":
    serve(sys.argv[1], pathlib.Path(sys.argv[2]), **json.loads(sys.argv[3]))
