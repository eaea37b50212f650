"""`./dev up` as built here, and the README's commands beside it: it shows values, runs until Ctrl-C,
and fails in words when its collector stops."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess

from harness import wait_until

SOURCE = pathlib.Path(os.environ["GODWIT_SOURCE"])
UP = SOURCE / "tools" / "up"


def collectors():
    """Collectors that `up` started, by their command line."""
    found = subprocess.run(["pgrep", "-f", "godwit-collector run --config .*/build/up/"],
                           capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


@contextlib.contextmanager
def up():
    """`up`, and what it printed until it runs on. It is ended whatever comes: it holds the port of the
    fresh Debian's `./dev up`, which is another test."""
    process = subprocess.Popen([UP], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        printed = []
        for line in process.stdout:
            printed.append(line)
            if line.startswith("Running until Ctrl-C"):
                break
        else:
            raise AssertionError((printed, process.communicate()))
        yield process, "".join(printed)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)


def readme_commands():
    """Every line of the README's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", (SOURCE / "README.md").read_text(), re.S)
    return [line for block in blocks for line in block.splitlines() if line]


def shows_rows(line):
    """Whether the command prints more than its headings. A rate has none before a minute has two samples,
    and says so: the first batch may hold one, and the next comes ten seconds later."""
    result = subprocess.run(["bash", "-c", line], cwd=SOURCE, capture_output=True, text=True)
    assert result.returncode == 0, (line, result)
    if result.stdout.count("\n") >= 2:
        return True
    assert "a rate needs two samples" in result.stderr, (line, result)
    return False


def shows_values_and_runs_until_interrupted():
    with up() as (process, printed):
        assert re.search(r"^system\.memory\.limit +\d+ +By", printed, re.M), printed
        assert "To see more" in printed
        others = [line for line in readme_commands() if not line.startswith("./dev ")]
        assert len(others) == 5, others
        for line in others + re.findall(r"^  (build/release/bin/.*)$", printed, re.M):
            wait_until(lambda: shows_rows(line), 40, line)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=30)
        assert process.returncode == 0, process.returncode
        assert not collectors(), "everything it started has ended"


def fails_without_its_collector():
    with up() as (process, _):
        for pid in collectors():
            os.kill(pid, signal.SIGKILL)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1, process.returncode
    assert "dev up: the collector has stopped" in errors, errors


# `./dev up` itself is run in a fresh Debian by fresh_root_test.py, and `./dev test` is what runs this.
assert {line for line in readme_commands() if line.startswith("./dev ")} == {"./dev up", "./dev test"}
shows_values_and_runs_until_interrupted()
fails_without_its_collector()
