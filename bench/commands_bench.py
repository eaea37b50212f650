"""How long a command takes to a connected device and its result back, on loopback: at rest, during exports of a
million rows, and while devices upload as fast as they can. usage: commands_bench.py BIN COUNT"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

os.environ["GODWIT_BIN"] = sys.argv[1]
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/system"))

from harness import World, wait_until  # noqa: E402

ROWS = 1_000_000
SENSORS = """
[[sensors.pattern]]
series = 5000
interval = "100ms"
"""


def measure(world, what, count):
    """From the order's commit to the result's, by the collector's clock; and as an operator waits for it."""
    inside, outside = [], []
    for _ in range(count):
        started = time.monotonic()
        done = json.loads(world.godwit("command", "send", "test", "ping", "-o", "json").stdout)
        outside.append((time.monotonic() - started) * 1e3)
        assert done["state"] == "done", done
        inside.append((done["ended_unix_ns"] - done["issued_unix_ns"]) / 1e6)
        time.sleep(0.02)
    inside.sort()
    outside.sort()
    last = min(count - 1, int(count * 0.99))
    print(f"{what:34} {statistics.median(inside):6.1f} ms median {inside[last]:7.1f} ms p99   as "
          f"`godwit command send`: {statistics.median(outside):6.1f} / {outside[last]:6.1f} ms")


class Meanwhile:
    """Runs a command again and again."""

    def __init__(self, *command):
        self.command = [str(word) for word in command]
        self.shell = subprocess.Popen(["/bin/sh", "-c", 'while "$@" >/dev/null 2>&1; do :; done', "sh",
                                       *self.command], start_new_session=True)

    def __enter__(self):
        time.sleep(0.5)
        assert self.shell.poll() is None, self.command
        return self

    def __exit__(self, *_):
        os.killpg(self.shell.pid, 9)
        self.shell.wait()


def main():
    count = int(sys.argv[2])
    bench = pathlib.Path(sys.argv[1])
    with World() as world:
        world.collector().start()
        world.agent(SENSORS, period="1s").start()
        wait_until(lambda: (world.device() or {}).get("samples", 0) >= ROWS, 90, "a million samples")
        measure(world, "50,000 samples/s, nothing else", count)
        with Meanwhile(bench / "godwit", "--collector", f"127.0.0.1:{world.operators_port}",
                       "export", "-d", "test"):
            measure(world, f"an export of {ROWS:,} rows", count)
        with Meanwhile(bench / "load", "rate", world.listen_devices, 4, 2000):
            measure(world, "4 devices upload at full speed", count)


if __name__ == "__main__":
    main()
