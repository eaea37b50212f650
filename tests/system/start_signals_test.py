"""A signal that asks a daemon for something never ends it: SIGHUP comes while agent and collector
start and stop, again and again, and each one that came before they listened is a reload afterwards.
Programs of exec sensors are started with no signal blocked."""

import os
import random
import signal
import time

from harness import World, wait_until

STARTS = 12

PROGRAM = """
[[sensors.exec]]
name = "mask"
interval = "1s"
command = ["/bin/sh", "-c", "grep SigBlk /proc/self/status > {folder}/mask; echo x 1"]
"""


def mask(pid, name):
    """SigBlk or SigCgt of a process; 0 when it has ended."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:
            return int(next(line for line in status if line.startswith(name)).split()[1], 16)
    except (OSError, StopIteration):
        return 0


def main_has_started(process):
    """Before its first line the program is still the loader's."""
    bit = 1 << (signal.SIGHUP - 1)
    pid = process.process.pid
    return (mask(pid, "SigBlk:") | mask(pid, "SigCgt:")) & bit or not process.running()


def starts_under_fire(process, ready, signals):
    """Ends it again, under fire, too."""
    process.log.write_text("")
    process.start()
    end = time.monotonic() + 10
    while not main_has_started(process):
        assert time.monotonic() < end
    while not process.said(ready):
        assert process.running(), f"ended with {process.process.returncode}"
        assert time.monotonic() < end, f"not {ready}"
        for each in signals:
            process.process.send_signal(each)
        time.sleep(random.uniform(0, 0.02))
    wait_until(lambda: process.said("reload") or process.said("settings changed"), 5,
               "what came while it started is a reload")
    process.process.send_signal(signal.SIGTERM)
    while process.process.poll() is None:
        for each in signals:
            os.kill(process.process.pid, each)
        time.sleep(0.001)
    assert process.process.returncode == 0, process.process.returncode


def main():
    with World() as world:
        collector = world.collector()
        for _ in range(STARTS):
            starts_under_fire(collector, "devices on", [signal.SIGHUP])
        agent = world.agent(PROGRAM.format(folder=world.folder), upload='backoff = { initial = "1s" }')
        for _ in range(STARTS):
            starts_under_fire(agent, "run ", [signal.SIGHUP, signal.SIGUSR1])
        agent.start()
        wait_until((world.folder / "mask").exists, 5, "the program runs")
        wait_until(lambda: (world.folder / "mask").read_text() != "", 5, "the program has written")
        assert (world.folder / "mask").read_text().split()[1].strip("0") == "", "a signal is blocked"


main()
