"""SIGHUP: settings that are good are taken without disturbing what did not change, settings that are
not are refused as a whole."""

import json
import signal
import time

from harness import World, wait_until

STAYS = """
[[sensors.pattern]]
name = "stays"
series = 50
interval = "200ms"
"""
COMES = """
[[sensors.pattern]]
name = "comes"
shape = "sine"
interval = "200ms"
"""


def main():
    with World() as world:
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(STAYS).start()
        wait_until(lambda: (world.device() or {}).get("records", 0) > 0, 20, "records arrive")

        def reload(what, said, **settings):
            world.agent(what, **settings)  # only writes the file
            before = agent.log.read_text().count(said)
            agent.process.send_signal(signal.SIGHUP)
            wait_until(lambda: agent.log.read_text().count(said) > before, 10, said)
            time.sleep(2)

        reload(STAYS + "[[sensors.patern]]\n", "unknown sensor type 'patern'")
        reload(STAYS, "spool.path changes with a restart only",
               extra=f'[spool]\npath = "{world.folder}/elsewhere"')
        reload(STAYS, "settings changed: 1", extra='[spool]\nmax_bytes = "2MiB"')
        reload(STAYS + COMES, "sensors gone: 0, come: 1")
        reload(STAYS + COMES, "connecting anew", stream_period="5s")
        # The connection is made anew again and again, whatever is under way on it.
        for i in range(40):
            world.agent(STAYS + COMES, stream_period=f"{4 + i % 2}s")
            agent.process.send_signal(signal.SIGHUP)
            time.sleep(0.02 * (i % 6))
        reload(STAYS, "sensors gone: 1, come: 0")
        shown = json.loads(world.godwit("device", "show", "test", "-o", "json").stdout)
        assert shown["settings"]["upload.stream_period"] == '"3s"', shown["settings"]
        assert [sensor["name"] for sensor in shown["sensors"]] == ["pattern/stays"]
        assert agent.stop() == 0
        series = world.export("godwit.pattern.count")
        assert len(series) == 50, len(series)
        for samples in series.values():
            values = [value for _, value in samples]
            assert values == list(range(1, len(values) + 1)), values
        assert len(world.export("godwit.pattern.sine")) == 1
        assert world.gaps() == []
        assert agent.log.read_text().count("run ") >= 1 and world.device()["runs"] == 1
        print(f"{len(values)} ticks of 50 series through 45 reloads, none missed")


main()
