"""Exactly once through crashes: 200 counting series at 200 ms for 60 s, the collector killed with -9
four times, a connection whose bytes arrive after the agent has sent them again in another session."""

import time

from harness import Proxy, World, wait_until

SERIES = 200
SECONDS = 60
TICKS_MIN = 290  # of 300; the start of the programs costs a few
KILLS_AT = (8, 18, 28, 38)
LATE_AT = 46
RECORD_BYTES = 600  # a batch of this test has more, all else between records less

SENSORS = f"""
[[sensors.pattern]]
series = {SERIES}
shape = "count"
interval = "200ms"
"""


def records(world):
    return (world.device() or {}).get("records", 0)


def deliver_late(world, proxy):
    """Holds records back until the agent has sent them again, then lets them through."""
    link = proxy.live()
    for _ in range(5):
        link.hold()
        time.sleep(4)  # two batches
        if len(link.held) > RECORD_BYTES:
            break
        link.forward()  # it was only the end of a stream, whose reply the agent awaits
        time.sleep(1)
    assert len(link.held) > RECORD_BYTES, "no record came under way"
    link.reset_client()
    before = records(world)
    wait_until(lambda: records(world) > before + 1, 15, "what was held is sent again and stored")
    link.release()


def main():
    with World() as world:
        proxy = Proxy(world.devices_port)
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(SENSORS, endpoint=f"127.0.0.1:{proxy.port}").start()
        begin = time.monotonic()

        for at in KILLS_AT:
            time.sleep(max(0, begin + at - time.monotonic()))
            collector.kill()
            time.sleep(1)
            collector.start()
        time.sleep(max(0, begin + LATE_AT - time.monotonic()))
        wait_until(lambda: proxy.live() is not None, 10, "the agent is connected")
        deliver_late(world, proxy)
        time.sleep(max(0, begin + SECONDS - time.monotonic()))

        assert agent.stop() == 0
        duplicates = world.device()["duplicates"]
        gaps = world.device()["gap_records"]
        series = world.export("godwit.pattern.count")
        assert len(series) == SERIES, len(series)
        lengths = {len(samples) for samples in series.values()}
        for index, samples in series.items():
            values = [value for _, value in samples]
            assert values == list(range(1, len(values) + 1)), (index, values)
        assert len(lengths) == 1 and lengths.pop() >= TICKS_MIN, lengths
        assert duplicates > 0, "no resend was seen: the test proves nothing"
        assert gaps == 0, gaps
        assert collector.stop() == 0
        count = len(next(iter(series.values())))
        print(f"{SERIES} series, each exactly 1 to {count}; {len(KILLS_AT)} collector kills, "
              f"{duplicates} duplicates acknowledged and not stored")


main()
