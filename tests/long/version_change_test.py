"""An upgrade and a downgrade in place, with records that wait: an agent of the earlier version leaves
a backlog, this version takes its spool over and adds to it, and the earlier one goes on with that;
the store of the earlier collector is opened by this one. Every tick of every run is stored."""

import sys
import time

from earlier import SOURCE, THIS_BIN, build_earlier

sys.path.insert(0, str(SOURCE / "tests" / "system"))
from harness import World, wait_until  # noqa: E402

SECONDS_PER_RUN = 8
TICKS_PER_RUN_MIN = 25  # of 40; the start and the end of an agent take some
SENSORS = """
[[sensors.pattern]]
series = 3
shape = "count"
interval = "200ms"
"""


def run_agent(world, bin_folder, killed):
    """One run of an agent while no collector is there."""
    world.bin_folder = bin_folder
    agent = world.agent(SENSORS).start()
    time.sleep(SECONDS_PER_RUN)
    if killed:
        agent.kill()
    else:
        assert agent.stop() == 0, "the agent stops cleanly"


def counts_by_run(world):
    """The count of series 0, cut where it begins anew."""
    runs = []
    for _, value in world.export("godwit.pattern.count").get("0", []):
        if not runs or value <= runs[-1][-1]:
            runs.append([])
        runs[-1].append(int(value))
    return runs


def start_collector(world, bin_folder):
    world.bin_folder = bin_folder
    collector = world.collector()
    collector.start()
    # The log is appended to: an earlier start has said the same.
    wait_until(lambda: world.godwit("status", check=False).returncode == 0, 20,
               "the collector answers")
    return collector


def a_store_with_records(world, earlier):
    """What the earlier collector stores of an earlier agent, before it goes."""
    collector = start_collector(world, earlier)
    agent = world.agent(SENSORS).start()
    wait_until(lambda: (world.device() or {}).get("records", 0) >= 2, 20, "records arrive")
    assert agent.stop() == 0
    assert collector.stop() == 0


def main():
    earlier = build_earlier()
    with World() as world:
        a_store_with_records(world, earlier)
        # Upgrade, crash, downgrade, upgrade: each leaves records for the next.
        plan = [(earlier, False), (THIS_BIN, True), (earlier, True), (THIS_BIN, False)]
        for bin_folder, killed in plan:
            run_agent(world, bin_folder, killed)

        collector = start_collector(world, THIS_BIN)
        agent = world.agent(SENSORS).start()
        wait_until(lambda: len(counts_by_run(world)) >= len(plan) + 2, 60, "all runs are stored")
        assert agent.stop() == 0
        runs = counts_by_run(world)
        assert len(runs) == len(plan) + 2, [len(run) for run in runs]
        for run in runs:
            assert run == list(range(1, len(run) + 1)), run
        assert all(len(run) >= TICKS_PER_RUN_MIN for run in runs[1:-1]), [len(r) for r in runs]
        # Between one agent and the next nobody samples.
        lost = [row for row in world.gaps()
                if row["kind"] != "ticks" or row["reason"] not in ("stopped", "cut off")]
        assert not lost, lost
        assert collector.stop() == 0
        print(f"runs of {[len(run) for run in runs]} ticks, none missing but between them")


main()
