"""What an export must have of an agent whose pattern sensor counts its ticks: the count begins with 1 at each start
of the agent, and goes up by one each tick."""


def runs_and_holes(world, device):
    """How many runs there are, and [(series, count before, count behind)] of what is missing within them. No
    tick may be there twice."""
    runs, holes = 0, []
    for index, samples in world.export("godwit.pattern.count", device=device).items():
        times = [when for when, _ in samples]
        assert len(set(times)) == len(times), f"{device}, series {index}: a tick occurs twice"
        runs = 0
        before = None
        for _, value in samples:
            if value == 1:
                runs += 1
            elif before is None or value != before + 1:
                holes.append((index, before, value))
            before = value
    return runs, holes


def check_ticks(world, device):
    """Returns the number of runs, with nothing missing."""
    runs, holes = runs_and_holes(world, device)
    assert not holes, (device, holes[:8])
    return runs
