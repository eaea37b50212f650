"""SIGHUP: settings that are good are taken without disturbing what did not change, settings that are
not are refused as a whole."""

import json
import pathlib
import signal
import time

from harness import World, free_port, wait_until

STAYS = """
[[sensors.pattern]]
name = "stays"
series = 50
interval = "200ms"
"""
STATSD = """
[[sensors.statsd]]
interval = "{interval}"
listen = "127.0.0.1:{port}"
"""
COMES = """
[[sensors.pattern]]
name = "comes"
shape = "sine"
interval = "200ms"
"""


def socket_of(port):
    """The number of the kernel's socket at that UDP port; none when nobody listens there."""
    for line in pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]:
        fields = line.split()
        if fields[1] == f"0100007F:{port:04X}":
            return fields[9]
    return None


def main():
    with World() as world:
        port = free_port()
        stays = STAYS + STATSD.format(interval="1h", port=port)
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(stays).start()
        wait_until(lambda: (world.device() or {}).get("records", 0) > 0, 20, "records arrive")
        statsd = socket_of(port)
        assert statsd is not None, "the port is open before the first tick"

        def reload(what, said, **settings):
            world.agent(what, **settings)  # only writes the file
            before = agent.log.read_text().count(said)
            agent.process.send_signal(signal.SIGHUP)
            wait_until(lambda: agent.log.read_text().count(said) > before, 10, said)
            time.sleep(2)

        reload(stays + "[[sensors.patern]]\n", "unknown sensor type 'patern'")
        reload(stays, "spool.path changes only with a restart",
               extra=f'[spool]\npath = "{world.folder}/elsewhere"')
        reload(stays, "settings changed: 1", extra='[spool]\nmax_bytes = "2MiB"')
        reload(stays + COMES, "sensors removed: 0, added: 1")
        reload(stays + COMES, "reconnecting", stream_period="5s")
        # The connection is made anew again and again, whatever is under way on it.
        for i in range(6):
            world.agent(stays + COMES, stream_period=f"{4 + i % 2}s")
            agent.process.send_signal(signal.SIGHUP)
            time.sleep(1.02 + 0.03 * i)
        # A storm is one reload now and one a second later.
        before = agent.log.read_text().count("reload: settings changed")
        for _ in range(300):
            agent.process.send_signal(signal.SIGHUP)
            time.sleep(0.001)
        assert agent.log.read_text().count("reload: settings changed") - before <= 2
        reload(stays, "sensors removed: 1, added: 0")
        assert socket_of(port) == statsd, "no reload changed the sensor, and its port stayed open"
        stays = STAYS + STATSD.format(interval="2h", port=port)
        reload(stays, "sensors removed: 1, added: 1")
        assert socket_of(port) not in (None, statsd), "it changed, and its port is open at once"
        shown = json.loads(world.godwit("device", "show", "test", "-o", "json").stdout)
        assert shown["settings"]["upload.stream_period"] == '"3s"', shown["settings"]
        assert sorted(sensor["name"] for sensor in shown["sensors"]) == [
            "pattern/stays", "statsd/statsd"], shown["sensors"]
        assert agent.stop() == 0
        series = world.export("godwit.pattern.count")
        assert len(series) == 50, len(series)
        for samples in series.values():
            values = [value for _, value in samples]
            assert values == list(range(1, len(values) + 1)), values
        assert len(world.export("godwit.pattern.sine")) == 1
        assert world.gaps() == []
        assert agent.log.read_text().count("run ") >= 1 and world.device()["runs"] == 1
        print(f"{len(values)} ticks of 50 series through 14 reloads and a storm of SIGHUPs, none missed")


main()
