"""`godwit-agent spool`, and a real disk that fills up under a real agent."""

import os
import subprocess
import sys
import time

from harness import BIN, World, wait_until

SENSORS = """
[[sensors.pattern]]
series = 3
shape = "count"
interval = "200ms"
"""


def spool(world, *arguments, config="agent.toml"):
    command = [str(BIN / "godwit-agent"), "spool", "--config", str(world.folder / config), *arguments]
    return subprocess.run(command, capture_output=True, text=True)


def inspect_a_spool(world):
    agent = world.agent(SENSORS, period="1s").start()
    time.sleep(3)

    # While the agent runs it can be read, and not changed.
    stat = spool(world, "stat")
    assert stat.returncode == 0 and "test-device" in stat.stdout, stat
    assert "  running  " in stat.stdout and "cut off" not in stat.stdout, stat
    busy = spool(world, "drop", "somebody")
    assert busy.returncode == 69 and "another process holds it" in busy.stderr, busy
    agent.kill()
    agent.start()
    time.sleep(2)
    assert agent.stop() == 0

    stat = spool(world, "stat")
    assert "cut off" in stat.stdout and "clean" in stat.stdout and "2 runs" in stat.stdout, stat
    run = stat.stdout.splitlines()[1].split()[0]
    whole = spool(world, "verify")
    assert whole.returncode == 0 and ", 0 segments with damage" in whole.stdout, whole

    rows = [line.split("\t") for line in spool(world, "cat", run).stdout.splitlines()]
    counts = [int(row[3]) for row in rows if row[2] == "godwit.pattern.count{index=0}"]
    assert counts == list(range(1, len(counts) + 1)) and len(counts) >= 5, counts
    first = spool(world, "cat", f"{run}/1").stdout.splitlines()
    assert first == ["\t".join(row) for row in rows[:len(first)]] and first
    assert spool(world, "cat", "nonsense").returncode == 1
    assert spool(world, "cat", "00000000000000ff").returncode == 1

    segment = sorted((world.folder / "agent" / "spool").glob(f"{run}-*.seg"))[0]
    sound = segment.read_bytes()
    segment.write_bytes(sound[:-20] + bytes([sound[-20] ^ 1]) + sound[-19:])
    damaged = spool(world, "verify")
    assert damaged.returncode == 1 and f"{segment}: " in damaged.stdout, damaged
    segment.write_bytes(sound)


def adopt_and_drop(world):
    other = (world.folder / "agent.toml").read_text().replace("test-device", "another")
    world.write("other.toml", other)
    foreign = spool(world, "stat", config="other.toml")
    assert foreign.stdout.count("another device: not sent") == 2, foreign
    wrong = spool(world, "adopt", "nobody", config="other.toml")
    assert wrong.returncode == 1 and "it has segments of 'test-device'" in wrong.stderr, wrong
    adopted = spool(world, "adopt", "test-device", config="other.toml")
    assert adopted.returncode == 0, adopted
    assert spool(world, "stat", config="other.toml").stdout.count("(adopted)") == 2

    # Sent under the id of the device that adopted them.
    collector = world.collector().start()
    wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
    agent = world.process("godwit-agent", ["run", "--config", str(world.folder / "other.toml")])
    agent.start()
    wait_until(lambda: (world.device() or {}).get("runs", 0) >= 3, 20, "adopted runs arrive")
    assert world.device()["device"] == "another"
    assert agent.stop() == 0

    own = spool(world, "drop", "another", config="other.toml")
    assert own.returncode == 1 and "is this device" in own.stderr, own
    assert spool(world, "drop", "another").returncode == 0
    assert "another" not in spool(world, "stat").stdout


def a_disk_that_fills_up(world):
    """A tmpfs of 160 KiB as the spool's disk, that somebody's flood fills: the agent keeps sampling
    and uploading from memory, returns by itself, and nothing is lost."""
    disk = world.folder / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=160k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False).returncode != 0:
        print("not root, or no tmpfs: disks that fill up are not tested")
        return
    try:
        agent = world.agent(SENSORS, period="1s", extra=f'[spool]\npath = "{disk}/spool"\n'
                            'reserve_free = "0%"\nmax_bytes = "1MiB"')
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent.start()
        wait_until(lambda: agent.said("session open"), 20, "a session")
        flood = disk / "flood"
        with open(flood, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
        wait_until(lambda: agent.said("the disk takes no records"), 40, "the disk is full")
        time.sleep(3)
        flood.unlink()
        wait_until(lambda: agent.said("the disk takes records again"), 20, "room again")
        assert agent.stop() == 0
        values = [value for _, value in world.export("godwit.pattern.count{index=0}")["0"]]
        assert values == list(range(1, len(values) + 1)) and len(values) > 15, values
        assert world.device()["gap_records"] == 0
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=False)


def main():
    with World() as world:
        inspect_a_spool(world)
        adopt_and_drop(world)
    with World() as world:
        a_disk_that_fills_up(world)
    print("stat, verify, cat, adopt and drop; a disk that fills up under a running agent")


main()
