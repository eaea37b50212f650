"""A collector that is stopped and started under the load of several devices: each time it ends within
its five seconds and with exit code 0, and nothing is lost or stored twice."""

import time

from harness import World, wait_until

DEVICES = 6
RESTARTS = 4
SECONDS_BETWEEN = 4
STOP_MAX_S = 6

SENSORS = """
[[sensors.pattern]]
series = 500
interval = "100ms"
"""


def main():
    with World() as world:
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agents = [world.agent(SENSORS, period="1s", stream_period="1s", name=f"d{i}").start()
                  for i in range(DEVICES)]
        slowest = 0
        for _ in range(RESTARTS):
            time.sleep(SECONDS_BETWEEN)
            begin = time.monotonic()
            assert collector.stop() == 0
            slowest = max(slowest, time.monotonic() - begin)
            collector.start()
        time.sleep(SECONDS_BETWEEN)
        for agent in agents:
            assert agent.stop() == 0
        assert slowest <= STOP_MAX_S, slowest
        for i in range(DEVICES):
            series = world.export("godwit.pattern.count", device=f"d{i}")
            assert len(series) == 500, (i, len(series))
            for index, samples in series.items():
                values = [value for _, value in samples]
                assert values == list(range(1, len(values) + 1)), (i, index, values)
        assert collector.stop() == 0
        print(f"{DEVICES} devices of 500 series at 100 ms, {RESTARTS} restarts: nothing lost or "
              f"doubled; the slowest stop took {slowest:.1f} s")


main()
