"""kill -9 of the collector, again and again, while it ingests, merges, takes away by retention and is
backed up: nothing that was acknowledged is missing, nothing occurs twice, the store is sound.

GODWIT_LONG=1: 50 kills; 12 otherwise.
"""

import os
import random
import shutil
import subprocess
import threading
import time

from harness import BIN, World, wait_until
from load_ledger import TICKS, check_export, read_ledger

KILLS = 50 if os.environ.get("GODWIT_LONG") else 12
DEVICES = 4
RETENTION_H = 4


def store(world, *arguments):
    return subprocess.run([str(BIN / "godwit-collector"), "store", "--path", f"{world.folder}/store",
                           *arguments], capture_output=True, text=True)


def check_backup(path, acknowledged, base, cutoff):
    """A whole store, with all that was acknowledged before the backup began."""
    found = subprocess.run([str(BIN / "godwit-collector"), "store", "--path", path, "verify"],
                           capture_output=True, text=True)
    assert found.returncode == 0, found
    records = int(found.stdout.split()[0])
    kept = sum(1 for seqs in acknowledged.values() for seq in seqs
               if base + seq * TICKS > cutoff)
    assert records >= kept, (found.stdout, kept)


def back_up_all_the_time(world, ended, base, done):
    path = world.folder / "ledger"
    number = 0
    while not ended.is_set():
        time.sleep(0.3)
        number += 1
        before = read_ledger(path) if path.exists() else {}
        folder = f"{world.folder}/backup-{number}"
        if store(world, "backup", folder).returncode == 0:
            check_backup(folder, before, base, time.time() - RETENTION_H * 3600)
            done.append(folder)
            shutil.rmtree(folder)


def main():
    chance = random.Random(7)
    with World() as world:
        # Some forty records of a minute each a second: the first part of what comes is beyond the
        # retention, and the hours of most of it are over.
        base = int(time.time()) - RETENTION_H * 3600 - KILLS * 20 * 60
        collector = world.collector(store=f'merge_after = "1s"\n'
                                          f'retention = {{ age = "{RETENTION_H}h" }}').start()
        load = world.process("load", ["steady", world.listen_devices, str(DEVICES), str(base),
                                      f"{world.folder}/ledger"]).start()
        ended = threading.Event()
        backups = []
        backing_up = threading.Thread(target=back_up_all_the_time,
                                      args=(world, ended, base, backups))
        backing_up.start()
        merged = 0
        kills = 0
        try:
            # A busy machine takes longer to merge something: then there are more, further apart.
            while kills < KILLS or (merged == 0 and kills < 3 * KILLS):
                time.sleep(chance.uniform(0.3, 2.5) + 4 * (kills // KILLS))
                kills += 1
                collector.kill()
                found = store(world, "verify")
                assert found.returncode == 0, found.stdout + found.stderr
                merged = max(merged, int(found.stdout.split()[3]))
                collector.start()
            wait_until(lambda: world.godwit("status", check=False).returncode == 0, 10, "it answers")
            time.sleep(3)
            assert load.stop() == 0
        finally:
            ended.set()
            backing_up.join()
        acknowledged = read_ledger(world.folder / "ledger")
        assert len(acknowledged) == DEVICES
        pruned = check_export(world, acknowledged, base, RETENTION_H * 3600)
        again = subprocess.run([str(BIN / "load"), "again", world.listen_devices, str(base),
                                f"{world.folder}/ledger"], capture_output=True, text=True)
        assert again.returncode == 0, again
        check_export(world, acknowledged, base, RETENTION_H * 3600)
        assert collector.stop() == 0
        compacted = store(world, "compact")
        assert compacted.returncode == 0, compacted
        found = store(world, "verify")
        assert found.returncode == 0, found.stdout
        assert merged > 0 and pruned > 0 and backups, (merged, pruned, len(backups))
        records = sum(len(seqs) for seqs in acknowledged.values())
        print(f"{kills} kills, {records} records acknowledged, {pruned // 2} of them since taken by "
              f"retention, {len(backups)} backups; {found.stdout.strip()}")


main()
