"""TLS with given files: what is trusted uploads; of what is not, the agent says which it is: the wrong
authority, the wrong name, a certificate that has expired or is not valid yet, none where one is
needed, no TLS at all. `doctor` says the same in the same words, and whose key others can read."""

import re
import subprocess

from authority import Authority, tls
from harness import BIN, World, wait_until

PAST = ("20200101000000Z", "20210101000000Z")
FUTURE = ("20400101000000Z", "20410101000000Z")

SENSORS = """
[[sensors.pattern]]
interval = "100ms"
"""


def records(world):
    return (world.device() or {}).get("records", 0)


def doctor(world, line="upload"):
    """What it finds of one thing, with the settings of the agent that ran last."""
    result = subprocess.run([BIN / "godwit-agent", "doctor", "--config", world.folder / "agent.toml"],
                            capture_output=True, text=True, timeout=60, check=False)
    found = re.search(rf"^(good|note|BAD ) +{line} +(.*)$", result.stdout, re.M)
    assert found, result
    assert (result.returncode == 1) == ("BAD " in result.stdout), result
    return found[1].strip(), found[2]


def attempt(world, settings, expected):
    """Runs an agent with these TLS settings until it uploads or says why not; returns what it said."""
    before = records(world)
    agent = world.agent(SENSORS, period="1s", extra=settings,
                        upload='backoff = { initial = "200ms", max = "200ms" }').start()
    try:
        wait_until(lambda: records(world) > before or agent.said("trying again"), 15,
                   "success or failure")
        if expected is None:
            wait_until(lambda: records(world) > before, 15, "it uploads")
            assert doctor(world)[0] == "good", doctor(world)
            return
        assert records(world) == before, "it uploads, and should not"
        said = agent.log.read_text()
        assert re.search(expected, said), f"expected {expected!r}, and it said:\n{said}"
        verdict, found = doctor(world)
        assert verdict == "BAD" and re.search(expected, found), (expected, found)
    finally:
        agent.kill()
        agent.log.unlink()


def against(world, collector_tls, attempts):
    collector = world.collector(collector_tls).start()
    wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
    for settings, expected in attempts:
        attempt(world, settings, expected)
    assert collector.stop() == 0
    collector.log.unlink()


def keys_that_others_can_read(world):
    key = world.folder / "device.key"
    for mode, verdict, words in ((0o600, "good", ""), (0o644, "BAD", "can be read by every user of this machine"),
                                 (0o602, "BAD", "can be written by every user"), (0o400, "good", "")):
        key.chmod(mode)
        found = doctor(world, "key")
        assert found[0] == verdict and words in found[1] and str(key) in found[1], (oct(mode), found)


def main():
    with World() as world:
        folder = world.folder
        ca, stranger = Authority(folder, "ca"), Authority(folder, "stranger")
        ca.certificate("collector", "IP:127.0.0.1")
        ca.certificate("elsewhere", "DNS:telemetry.example")
        ca.certificate("late", "IP:127.0.0.1", *PAST)
        ca.certificate("early", "IP:127.0.0.1", *FUTURE)
        ca.certificate("device", "URI:urn:dev:test")
        ca.certificate("old-device", "URI:urn:dev:test", *PAST)
        stranger.certificate("impostor", "URI:urn:dev:test")

        mine = tls(folder, "ca", "device")
        against(world, tls(folder, "ca", "collector"), [
            (mine, None),
            (tls(folder, "stranger", "device"),
             r"certificate was not signed by the CA in tls\.ca \(it was issued by CN = ca;"),
            (tls(folder, "ca"), r"collector requires a device certificate: set tls\.certificate"),
            (tls(folder, "ca", "impostor"),
             r"collector refuses this device's certificate: .*signed by the CA"),
            (tls(folder, "ca", "old-device"),
             r"this device's own certificate expired on 2021-01-01"),
            ("", r"accepts the connection and closes it: does that collector require TLS"),
        ])
        against(world, tls(folder, "ca", "elsewhere"), [
            (mine, r"certificate is not for 127\.0\.0\.1 \(it is for telemetry\.example\)")])
        against(world, tls(folder, "ca", "late"), [
            (mine, r"collector's certificate expired on 2021-01-01.*clock")])
        against(world, tls(folder, "ca", "early"), [
            (mine, r"collector's certificate is not valid before 2040-01-01.*clock")])
        against(world, "", [(mine, r"does not speak TLS")])
        keys_that_others_can_read(world)


main()
