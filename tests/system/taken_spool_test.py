"""Somebody cleans up: while the collector is away the segment that the agent writes is deleted,
then moved away, then replaced by a file, then its whole folder is moved; then the collector comes.
Every tick is stored, nothing is missing, and the operator reads what happened."""

import shutil
import time

from harness import World, wait_until

SENSORS = """
[[sensors.pattern]]
series = 1
shape = "count"
interval = "200ms"
"""


def main():
    with World() as world:
        agent = world.agent(SENSORS, period="1s").start()
        spool = world.folder / "agent" / "spool"

        def segment():
            segments = sorted(spool.glob("*.seg"))
            assert len(segments) == 1, segments
            return segments[0]

        def noticed(times):
            said = "moved, deleted or replaced"
            wait_until(lambda: agent.log.read_text().count(said) == times, 10,
                       f"the agent notices: {times}")
            wait_until(lambda: list(spool.glob("*.seg")), 10, "a new segment")
            time.sleep(1.2)

        wait_until(lambda: agent.said("on the disk"), 20, "the first record")
        segment().unlink()
        noticed(1)
        segment().rename(world.folder / "elsewhere.seg")
        noticed(2)
        taken = segment()
        shutil.copy(taken, world.folder / "copy.seg")
        (world.folder / "copy.seg").rename(taken)
        wait_until(lambda: len(list(spool.glob("*.seg"))) == 2, 10, "a segment besides the copy")
        noticed(3)
        spool.rename(world.folder / "moved")
        noticed(4)
        assert (spool / "lock").exists()

        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        wait_until(lambda: (world.device() or {}).get("records", 0) >= 5, 30, "records arrive")
        device = world.godwit("device", "show", "test").stdout
        assert "4 segments were moved, deleted or replaced" in device, device
        assert agent.stop() == 0

        values = [value for _, value in world.export("godwit.pattern.count")["0"]]
        assert values == list(range(1, len(values) + 1)) and len(values) > 20, values
        assert world.device()["gap_records"] == 0 and world.gaps() == [], world.gaps()
        print(f"{len(values)} ticks, each exactly once, although their file was taken four times")


main()
