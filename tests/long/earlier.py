"""The programs of the earlier version that this one has to work with."""

import os
import pathlib
import subprocess
import tempfile

# Version 0.1: the first whose agents, stores and commands later versions keep working with.
COMMIT = "6b8691e"
SOURCE = pathlib.Path(os.environ["GODWIT_SOURCE"])
THIS_BIN = pathlib.Path(os.environ["GODWIT_BIN"])


class TemporaryFolder(tempfile.TemporaryDirectory):
    """A folder that is removed at the end, as a path."""

    def __enter__(self):
        return pathlib.Path(super().__enter__())


def build_earlier():
    """The folder of the programs; they are built the first time, which takes some minutes."""
    done = subprocess.run([str(SOURCE / "tools" / "build_earlier"), COMMIT], check=True,
                          stdout=subprocess.PIPE, text=True)
    return pathlib.Path(done.stdout.strip())
