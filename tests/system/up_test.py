"""`./dev up` as built here: shows values, and fails in words when the collector stops."""

import os
import pathlib
import re
import signal
import subprocess
import time

UP = pathlib.Path(os.environ["GODWIT_SOURCE"]) / "tools" / "up"


def collectors():
    """Collectors that `up` started, by their command line."""
    found = subprocess.run(["pgrep", "-f", "godwit-collector run --config .*/build/up/"],
                           capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


def shows_values():
    result = subprocess.run([UP, "--once"], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result
    assert re.search(r"^system\.memory\.limit +\d+ +By", result.stdout, re.M), result.stdout
    assert "To see more" in result.stdout
    assert not collectors(), "everything it started has ended"


def fails_without_its_collector():
    process = subprocess.Popen([UP], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    end = time.monotonic() + 30
    while not collectors() and time.monotonic() < end:
        time.sleep(0.1)
    for pid in collectors():
        os.kill(pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=90)
    assert process.returncode == 1, process.returncode
    assert "dev up: the collector has stopped" in errors, errors


shows_values()
fails_without_its_collector()
