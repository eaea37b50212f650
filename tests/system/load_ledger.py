"""The records of `load steady` that a collector has acknowledged, and what an export must have of them."""

import collections
import json
import time

TICKS = 60  # of a record, a second each


def read_ledger(path):
    """{device: the seqs that were acknowledged}. The generator may be writing its last line."""
    acknowledged = collections.defaultdict(set)
    for line in path.read_text().splitlines(keepends=True):
        if line.endswith("\n"):
            device, seq = line.split()
            acknowledged[device].add(int(seq))
    return acknowledged


def check_export(world, acknowledged, base, kept_s):
    """Each sample once; of what was acknowledged all, unless retention, which keeps `kept_s` seconds,
    has taken the record. Returns how many it took, counted for each of the two series."""
    pruned = 0
    for device, seqs in acknowledged.items():
        # What is looked for first is taken last: nothing may be pruned in between unnoticed.
        rows = [json.loads(line) for line in world.godwit("export", "-d", device).stdout.splitlines()]
        cutoff = time.time() - kept_s
        for n in ("0", "1"):
            values = [row["value"] for row in rows if row["attributes"]["n"] == n]
            assert len(values) == len(set(values)), f"{device}: a sample occurs twice"
            assert values == sorted(values), f"{device}: out of order"
            there = {value // (int(n) + 1) for value in values}
            for seq in seqs:
                ticks = set(range((seq - 1) * TICKS, seq * TICKS))
                if ticks <= there:
                    continue
                assert not ticks & there, f"{device}: part of record {seq} is missing"
                assert base + seq * TICKS <= cutoff, f"{device}: record {seq} is missing"
                pruned += 1
    return pruned
