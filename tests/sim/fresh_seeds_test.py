#!/usr/bin/env python3
"""Runs seeds of the simulated world that are new with every commit: the first one is derived from
the commit's hash, so a commit always runs the same seeds."""

import os
import subprocess
import sys

SEEDS = 500
SKIPPED = 77  # as tests/CMakeLists.txt tells ctest
FIRST_SEED_MIN = 4_000_000  # below are the seeds of other tests


def commit_of(source):
    try:
        run = subprocess.run(["git", "-C", source, "rev-parse", "HEAD"], capture_output=True,
                             text=True, check=False)
    except FileNotFoundError:
        skip("git is not installed")
    if run.returncode != 0:
        skip(f"'{source}' is no git checkout: {run.stderr.strip()}")
    return run.stdout.strip()


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def main():
    commit = commit_of(os.environ["GODWIT_SOURCE"])
    # 40 bits: any program reads the number exactly.
    first = FIRST_SEED_MIN + int(commit[:10], 16)
    print(f"commit {commit}, first seed {first}\nagain: ./dev sim --first {first} --seeds {SEEDS}",
          flush=True)
    run_seeds = os.path.join(os.environ["GODWIT_BIN"], "run_seeds")
    sys.exit(subprocess.run([run_seeds, str(first), str(SEEDS)], check=False).returncode)


if __name__ == "__main__":
    main()
