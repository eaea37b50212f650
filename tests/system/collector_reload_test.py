"""SIGHUP to the collector: a renewed certificate is served without ending what goes on, settings
are taken whole or not at all, and SIGTERM ends it in time whatever waits."""

import shutil
import signal
import ssl
import subprocess
import time

from authority import Authority
from harness import BIN, World, wait_until

SENSORS = """
[[sensors.pattern]]
series = 200
interval = "100ms"
"""


def use(folder, name):
    """What stands under the two names that the settings know."""
    for end in ("pem", "key"):
        shutil.copy(folder / f"{name}.{end}", folder / f"served.{end}")


def served(world):
    return ssl.get_server_certificate(("127.0.0.1", world.devices_port))


def reload(collector, says):
    before = collector.log.read_text().count(says)
    collector.process.send_signal(signal.SIGHUP)
    wait_until(lambda: collector.log.read_text().count(says) > before, 10, says)


def goes_on(world, agent, sessions):
    """Uploads arrive, in the session that was there before."""
    records = world.device()["records"]
    wait_until(lambda: world.device()["records"] > records + 1, 20, "uploads continue")
    assert agent.log.read_text().count("session open") == sessions, agent.log.read_text()


def certificates(world, collector, agent):
    folder = world.folder
    first = served(world)
    assert first.strip() in (folder / "first.pem").read_text()
    use(folder, "second")
    reload(collector, "new connections use the new certificate")
    assert served(world).strip() in (folder / "second.pem").read_text()
    goes_on(world, agent, 1)

    shutil.copy(folder / "first.key", folder / "served.key")
    reload(collector, "is not the key of the certificate")
    assert served(world).strip() in (folder / "second.pem").read_text()
    reload(collector, "refused; the settings stay as they were")
    goes_on(world, agent, 1)
    use(folder, "first")
    reload(collector, "new connections use the new certificate")
    assert world.health() == (200, "ok\n"), world.health()

    use(folder, "late")
    reload(collector, "new connections use the new certificate")
    status, text = world.health()
    assert status == 503 and "the certificate expired on 2021-01-01" in text, text
    use(folder, "first")
    reload(collector, "new connections use the new certificate")


def settings(world, collector):
    config = world.folder / "collector.toml"
    text = config.read_text()
    config.write_text(text + 'reserve_free = "99%"\n')
    reload(collector, "reload: 1 setting changed")
    wait_until(lambda: world.health()[0] == 503, 10, "less than that is free")
    config.write_text(text.replace(f'"127.0.0.1:{world.operators_port}"', '"127.0.0.1:1"'))
    reload(collector, "listen.operators changes only with a restart")
    config.write_text(text.replace("[store]", "[stroe]"))
    reload(collector, "unknown table 'stroe'")
    assert world.health()[0] == 503, "nothing of these was taken"
    config.write_text(text)
    reload(collector, "reload: 1 setting changed")
    wait_until(lambda: world.health()[0] == 200, 20, "there is room again")
    records = world.device()["records"]
    wait_until(lambda: world.device()["records"] > records + 1, 20, "what waited arrives")


def ends_in_time(world, collector):
    """Behind an operator who takes nothing."""
    reader = subprocess.Popen([BIN / "godwit", "--collector", f"127.0.0.1:{world.operators_port}", "tail", "test"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    reader.stdout.read(1)
    reader.send_signal(signal.SIGSTOP)
    time.sleep(1)
    begin = time.monotonic()
    assert collector.stop(seconds=30) == 0
    took = time.monotonic() - begin
    reader.kill()
    reader.wait()
    assert took < 10, took
    print(f"it ended {took:.1f} s after SIGTERM")


def main():
    with World() as world:
        folder = world.folder
        authority = Authority(folder, "ca")
        for name in ("first", "second"):
            authority.certificate(name, "IP:127.0.0.1")
        authority.certificate("late", "IP:127.0.0.1", "20200101000000Z", "20210101000000Z")
        use(folder, "first")
        collector = world.collector(
            f'[tls]\ncertificate = "{folder}/served.pem"\nkey = "{folder}/served.key"\n').start()
        agent = world.agent(SENSORS, period="1s", extra=f'[tls]\nca = "{folder}/ca.pem"\n').start()
        wait_until(lambda: world.device() and world.device()["records"], 20, "the first records")
        certificates(world, collector, agent)
        settings(world, collector)
        ends_in_time(world, collector)
        assert agent.stop() == 0


main()
