"""`./dev up` as built here, and the README's commands beside it: it shows values, runs until Ctrl-C,
and fails in words when its collector stops."""

import os
import pathlib
import re
import signal
import subprocess

SOURCE = pathlib.Path(os.environ["GODWIT_SOURCE"])
UP = SOURCE / "tools" / "up"


def collectors():
    """Collectors that `up` started, by their command line."""
    found = subprocess.run(["pgrep", "-f", "godwit-collector run --config .*/build/up/"],
                           capture_output=True, text=True)
    return [int(pid) for pid in found.stdout.split()]


def start():
    """`up`, and what it printed until it runs on."""
    process = subprocess.Popen([UP], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    printed = []
    for line in process.stdout:
        printed.append(line)
        if line.startswith("Running until Ctrl-C"):
            return process, "".join(printed)
    raise AssertionError((printed, process.communicate()))


def readme_commands():
    """Every line of the README's shell blocks."""
    blocks = re.findall(r"```sh\n(.*?)```", (SOURCE / "README.md").read_text(), re.S)
    return [line for block in blocks for line in block.splitlines() if line]


def shows_values_and_runs_until_interrupted():
    process, printed = start()
    assert re.search(r"^system\.memory\.limit +\d+ +By", printed, re.M), printed
    assert "To see more" in printed
    others = [line for line in readme_commands() if not line.startswith("./dev ")]
    assert len(others) == 5, others
    for line in others + re.findall(r"^  (build/release/bin/.*)$", printed, re.M):
        result = subprocess.run(["bash", "-c", line], cwd=SOURCE, capture_output=True, text=True)
        assert result.returncode == 0 and result.stdout.count("\n") >= 2, (line, result)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0, process.returncode
    assert not collectors(), "everything it started has ended"


def fails_without_its_collector():
    process, _ = start()
    for pid in collectors():
        os.kill(pid, signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 1, process.returncode
    assert "dev up: the collector has stopped" in errors, errors


# `./dev up` itself is run in a fresh Debian by fresh_root_test.py, and `./dev test` is what runs this.
assert {line for line in readme_commands() if line.startswith("./dev ")} == {"./dev up", "./dev test"}
shows_values_and_runs_until_interrupted()
fails_without_its_collector()
