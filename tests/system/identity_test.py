"""Who a device is: with identity.mode "off" a certificate of any device serves for every device, with
"observe" it does too and is listed, with "required" it does not: nothing is stored, the agent says
why and keeps its records, and with its own certificate it delivers all of them. Certificates of an
organisation's own authority are mapped by a rule."""

import json

from authority import Authority, tls
from harness import World, wait_until

SENSORS = """
[[sensors.pattern]]
shape = "count"
interval = "200ms"
"""
AGENTS = 7  # that this starts, one after the other
MAP = 'map = ["cn:(.+)-from-our-ca"]\n'


def records(world):
    return (world.device() or {}).get("records", 0)


def refused(world):
    return json.loads(world.godwit("device", "refused", "-o", "json").stdout)


def start_collector(world, mode):
    collector = world.collector(tls(world.folder, "ca", "collector") +
                                f'[identity]\nmode = "{mode}"\n{MAP}').start()
    wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
    return collector


def stop(process):
    """And what it said is not taken for what the next one says."""
    assert process.stop() == 0
    process.log.unlink()


def start_agent(world, certificate):
    """The device "test-device" with a certificate."""
    return world.agent(SENSORS, period="1s", extra=tls(world.folder, "ca", certificate),
                       upload='backoff = { initial = "200ms", max = "200ms" }').start()


def uploads(world, certificate):
    before = records(world)
    agent = start_agent(world, certificate)
    wait_until(lambda: records(world) > before, 15, f"it uploads with {certificate}'s certificate")
    stop(agent)


def is_refused(world, certificate, reason):
    before = records(world)
    agent = start_agent(world, certificate)
    wait_until(lambda: agent.said(reason), 15, f"the agent says: {reason}")
    wait_until(lambda: agent.said("on the disk"), 15, "its records are kept")
    after = records(world)
    assert after == before, (before, after)
    stop(agent)


def main():
    with World() as world:
        ca = Authority(world.folder, "ca")
        ca.certificate("collector", "IP:127.0.0.1")
        ca.certificate("own", "URI:godwit://device/test-device")
        ca.certificate("other", "URI:godwit://device/other-device")
        ca.certificate("test-device-from-our-ca", "URI:urn:dev:1")
        ca.certificate("nobody", "URI:urn:dev:2")

        collector = start_collector(world, "off")
        assert collector.said('identity.mode is "off"')
        uploads(world, "other")
        assert refused(world) == []
        stop(collector)

        collector = start_collector(world, "observe")
        uploads(world, "other")
        (listed,) = refused(world)
        assert listed["device"] == "test-device" and listed["admitted"], listed
        assert listed["certificate"] == "CN=other, URI=godwit://device/other-device", listed
        assert listed["identified_unix_ns"] == 0, listed
        uploads(world, "own")
        (listed,) = refused(world)
        assert listed["identified_unix_ns"] > 0, listed
        stop(collector)

        collector = start_collector(world, "required")
        is_refused(world, "other", "its certificate is that of device 'other-device', not of")
        is_refused(world, "nobody", "its certificate names no device (CN=nobody, URI=urn:dev:2)")
        (listed,) = refused(world)
        assert not listed["admitted"] and listed["calls"] >= 2, listed
        assert "127.0.0.1" in listed["address"], listed
        uploads(world, "own")
        uploads(world, "test-device-from-our-ca")
        # Nothing is missing but the times in which no agent ran: what was refused was sent later.
        assert {gap["reason"] for gap in world.gaps()} <= {"stopped"}, world.gaps()
        assert world.device()["runs"] == AGENTS, world.device()
        stop(collector)


main()
