"""An agent killed with -9 loses at most batch.period + 1 s of ticks, never doubles one, and
`godwit gaps` says exactly how many ticks are missing."""

import time

from harness import World, wait_until

PERIOD_S = 2
INTERVAL_S = 0.2
# Uneven, so that the kills fall on different moments of a batch.
LIVES_S = (6.0, 6.9, 5.6, 7.3, 6.5)
KILLS = len(LIVES_S)

SENSORS = """
[[sensors.pattern]]
series = 20
shape = "count"
interval = "200ms"
"""


def runs_of(samples):
    """Splits at each start of the agent, where the count begins again at 1."""
    runs = []
    for when, value in samples:
        if value == 1:
            runs.append([])
        runs[-1].append((when, value))
    return runs


def main():
    with World() as world:
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(SENSORS, period=f"{PERIOD_S}s")
        deaths = []
        for life in LIVES_S:
            agent.start()
            time.sleep(life)
            deaths.append(agent.kill())
        agent.start()
        time.sleep(LIVES_S[0])
        assert agent.stop() == 0

        worst = 0
        for index, samples in world.export("godwit.pattern.count").items():
            runs = runs_of(samples)
            assert len(runs) == KILLS + 1, (index, len(runs))
            for run in runs:
                values = [value for _, value in run]
                assert values == list(range(1, len(values) + 1)), (index, values)
            for run, death in zip(runs, deaths):
                missing = death - run[-1][0] - INTERVAL_S
                worst = max(worst, missing)
                assert missing <= PERIOD_S + 1, (index, missing)

        # Ticks of all lives lie on one grid: what is not there is missing, down time included.
        times = [when for when, _ in world.export("godwit.pattern.count")["0"]]
        missing = round((times[-1] - times[0]) / INTERVAL_S) + 1 - len(times)
        gaps = [gap for gap in world.gaps() if gap["kind"] == "ticks"]
        reported = sum(gap["ticks"] for gap in gaps)
        assert reported == missing > 0, (reported, missing, gaps)
        assert {gap["reason"] for gap in gaps} == {"cut off"}, gaps
        # A kill right behind a seal may cost no tick at all.
        assert len(gaps) <= KILLS, gaps
        print(f"{missing} ticks missing, {reported} reported")
        print(f"{KILLS} agent kills: no duplicate, at most {max(worst, 0):.1f} s of ticks missing "
              f"a kill (allowed: {PERIOD_S + 1} s)")


main()
