"""The device's own files change, or break, while a configuration is on trial. A trial that fails leads back to exactly
what was in force before it; a file that cannot be taken is reported and changes nothing, not even through a restart;
one that can be taken is in force whole. What the device reports is what it does."""

import json
import signal
import time

from harness import Proxy, World, wait_until

SENSORS = """
[[sensors.pattern]]
name = "steady"
series = 1
interval = "1s"
"""
REMOTE = """
[remote]
config.enabled = true
config.confirm = "5s"
config.allow = ["batch.*", "sensors.*", "sensors.exec.command"]
config.paths = ["/bin/*", "/usr/bin/*"]
"""


class Device:
    def __init__(self, world, proxy):
        self.world, self.proxy = world, proxy
        self.agent = world.agent(SENSORS, extra=REMOTE).start()
        self.config = world.folder / "agent.toml"
        self.own = self.config.read_text()
        # An editor has saved so much of it.
        self.half = self.own[:self.own.index('endpoint = "') + 20]
        self.trials = 0

    def listed(self):
        return json.loads(self.world.godwit("config", "ls", "test", "-o", "json").stdout)[0]

    def settings(self):
        return json.loads(self.world.godwit("device", "show", "test", "-o", "json").stdout)["settings"]

    def reports(self, **values):
        """A change is reported with the next upload."""
        def reported():
            settings = self.settings()
            return all(wanted in settings[name.replace("__", ".")] for name, wanted in values.items())
        wait_until(reported, 20, f"{values} is reported")

    def said(self, text):
        return self.agent.log.read_text().count(text)

    def try_until_reported(self):
        """It reads the steady sensor ten times as often, and fails once it may."""
        self.trials += 1
        fail = self.world.folder / f"fail-{self.trials}"
        before = self.said("is on trial")
        text = f"""
[[sensors.pattern]]
name = "steady"
interval = "100ms"
[[sensors.exec]]
name = "held"
command = ["/bin/sh", "-c", "while [ ! -e {fail} ]; do /bin/sleep 0.1; done; exit 1"]
interval = "1h"
timeout = "20s"
"""
        self.world.godwit("config", "push", self.world.write("pushed.toml", text), "-d", "test", "--no-wait")
        wait_until(lambda: self.said("is on trial") > before, 10, "it is tried")
        return fail

    def fails(self, fail, reason):
        fail.touch()
        wait_until(lambda: self.listed()["state"] == "failed", 20, "it is reported")
        now = self.listed()
        assert reason in now["reason"] and now["effective"] == "", now

    def reads_every(self, interval):
        """As it reports, and as it does."""
        self.reports(sensors__pattern__steady=f"interval {interval}")
        time.sleep(1)
        self.flush()
        begin = len(self.times())
        time.sleep(2.5)
        self.flush()
        ticks = len(self.times()) - begin
        wanted = 2.5 / float(interval.removesuffix("s"))
        assert wanted - 2 <= ticks <= wanted + 2, (interval, ticks)

    def flush(self):
        done = self.world.godwit("command", "send", "test", "flush", check=False)
        assert done.returncode == 0, done
        time.sleep(0.5)

    def times(self):
        return self.world.export("godwit.pattern.count").get("0", [])

    def restart(self):
        self.agent.start()
        wait_until(lambda: self.world.device()["connected"], 20, "it is back")


def broken_when_the_trial_fails(device):
    fail = device.try_until_reported()
    device.config.write_text(device.half)
    device.fails(fail, "exec/held fails")
    wait_until(lambda: device.said("what was in force before the trial stays"), 5, "the file is reported")
    line = device.half.count("\n") + 1
    assert f"agent.toml:{line}:" in device.agent.log.read_text()
    device.reads_every("1s")
    print("broken when the trial failed: what was in force is back")
    # Nor through a restart, and a second one, as long as the file is broken.
    for _ in range(2):
        assert device.agent.stop() == 0
        device.restart()
        assert device.said("the kept copy of them is in force")
    device.reads_every("1s")
    shown = device.world.godwit("command", "send", "test", "diagnostics").stdout
    assert "own files have errors" in shown, shown
    device.config.write_text(device.own)
    device.agent.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "have errors" not in device.world.godwit("command", "send", "test", "diagnostics").stdout,
               10, "it takes the file again")


def broken_when_the_agent_dies(device):
    device.try_until_reported()
    device.config.write_text(device.half)
    device.agent.kill()
    device.restart()
    wait_until(lambda: device.listed()["state"] == "failed", 20, "it is reported")
    assert device.listed()["reason"].startswith("crash: "), device.listed()
    device.reports(sensors__pattern__steady="interval 1s")
    print("broken when the agent died: it came up with what was in force")
    device.config.write_text(device.own)


def another_when_the_trial_fails(device):
    fail = device.try_until_reported()
    world = device.world
    changed = device.own.replace(f'endpoint = "{world.listen_devices}"', f'endpoint = "127.0.0.1:{device.proxy.port}"')
    changed = changed.replace('interval = "1s"', 'interval = "500ms"') + '[spool]\nmax_bytes = "2MiB"\n'
    device.config.write_text(changed)
    device.fails(fail, "exec/held fails")
    wait_until(lambda: device.proxy.live() is not None, 10, "it connects by the new endpoint")
    device.reports(spool__max_bytes='"2MiB"', upload__endpoint=f":{device.proxy.port}",
                   sensors__pattern__steady="interval 500ms")
    print("another file when the trial failed: it is in force, connection and bounds included")
    device.config.write_text(device.own)
    device.agent.process.send_signal(signal.SIGHUP)
    wait_until(lambda: device.proxy.live() is None, 10, "it comes home")


def broken_when_one_is_confirmed(device):
    before = device.said("is on trial")
    pushed = device.world.write("good.toml", '[batch]\nperiod = "1s"\n')
    device.world.godwit("config", "push", pushed, "-d", "test", "--no-wait")
    wait_until(lambda: device.said("is on trial") > before, 10, "it is tried")
    device.config.write_text(device.half)
    wait_until(lambda: device.listed()["state"] == "applied", 20, "it is applied")
    effective = device.listed()["effective"]
    assert effective
    device.reports(batch__period='"1s"')
    device.agent.kill()
    device.restart()
    assert device.listed()["effective"] == effective
    device.reports(batch__period='"1s"')
    # What cannot be taken by a running agent does not take anything away either.
    device.config.write_text(device.own + f'[spool]\npath = "{device.world.folder}/elsewhere"\n')
    device.agent.process.send_signal(signal.SIGHUP)
    wait_until(lambda: device.said("spool.path changes only with a restart"), 10, "it is refused")
    device.flush()
    assert device.listed()["effective"] == effective, device.listed()
    device.config.write_text(device.own)
    device.agent.process.send_signal(signal.SIGHUP)
    device.flush()
    assert device.listed()["effective"] == effective, device.listed()
    print("broken when one was confirmed: it holds, through a restart and a reload that is refused")


def main():
    with World() as world:
        world.collector().start()
        device = Device(world, Proxy(world.devices_port))
        wait_until(lambda: (world.device() or {}).get("records", 0) > 0, 20, "records arrive")
        broken_when_the_trial_fails(device)
        broken_when_the_agent_dies(device)
        another_when_the_trial_fails(device)
        broken_when_one_is_confirmed(device)
        assert device.agent.stop() == 0


main()
