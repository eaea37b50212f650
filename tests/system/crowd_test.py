"""A crowd takes what it can get, and a device that behaves does not notice: its records have their verdicts
within 5 s, and the collector's memory stays within its bound.

- Streams of large records, more than limits.received in all: every record is acknowledged. How often a stream
  waits depends on the disk; tests/unit/collector/crowded_upload_test.cc has that.
- Streams of tables that wait for a record which never comes: some are sent away.
- Records of a few bytes that cost 20 ms to decode, from 320 devices.
"""

import os
import re
import subprocess
import urllib.request

from harness import BIN, World

MIB = 1 << 20
RECEIVED = 64 * MIB
# limits.received and half as much of what is on its way; what two threads decode; the collector
# itself, and what the allocator does not give back.
PEAK_MAX = RECEIVED * 3 // 2 + 2 * 34 * MIB + 64 * MIB
LAG_MAX_MS = 5000


def attack(world, *arguments):
    return subprocess.Popen([str(BIN / "attack"), arguments[0], world.listen_devices,
                             *map(str, arguments[1:])], stdout=subprocess.PIPE, text=True)


def finish(process, seconds):
    output, _ = process.communicate(timeout=seconds)
    print(output, end="")
    assert process.returncode == 0, process.args
    return output


def peak(process):
    """The most memory a process ever had, in bytes (VmHWM)."""
    with open(f"/proc/{process.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


def metric(world, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{world.http_port}/metrics", timeout=5) as page:
        text = page.read().decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0


def check_good(good):
    lag = int(re.search(r"at most (\d+) ms", finish(good, 60))[1])
    assert lag < LAG_MAX_MS, f"a well-behaved device waited {lag} ms"


def main():
    with World() as world:
        collector = world.collector(store="", extra=f'[limits]\nreceived = "{RECEIVED // MIB}MiB"')
        collector.start()
        good = attack(world, "good", 1)
        check_good(good)

        good = attack(world, "good", 5)
        finish(attack(world, "records", 120, 2), 120)
        check_good(good)

        good = attack(world, "good", 4)
        finish(attack(world, "tables", 8, 20, 3), 60)
        check_good(good)
        assert metric(world, 'godwit_collector_refusals_total{reason="tables without a record"}') > 0

        good = attack(world, "good", 4)
        finish(attack(world, "decode", 320, 3), 60)
        check_good(good)

        print(f"peak {peak(collector.process) // MIB} MiB of {PEAK_MAX // MIB} MiB")
        assert peak(collector.process) < PEAK_MAX
        assert metric(world, "godwit_collector_received_bytes") == 0
        assert collector.stop() == 0


main()
