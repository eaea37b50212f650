#!/usr/bin/env python3
"""One seed gives one history, whatever process runs it: addresses, hash seeds and the environment
must not reach the simulated world."""

import os
import subprocess
import sys

SEEDS = "25"


def histories(environment):
    run_seeds = os.path.join(os.environ["GODWIT_BIN"], "run_seeds")
    run = subprocess.run([run_seeds, "1", SEEDS, "hashes"], capture_output=True, text=True,
                         env={**os.environ, **environment}, check=True)
    return run.stdout.split()


first = histories({})
second = histories({"SOMETHING_ELSE": "x" * 5000, "MALLOC_PERTURB_": "85"})
if len(first) != int(SEEDS) or first != second:
    sys.exit(f"the histories differ: {first} and {second}")
print(f"{SEEDS} seeds, equal histories in two processes")
