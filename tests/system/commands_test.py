"""Commands: what a device allows runs, at most once; what it does not is refused by name; kill -9 of agent
and collector at any moment changes neither."""

import json
import random
import subprocess
import time

from harness import BIN, World, wait_until

SENSORS = """
[[sensors.pattern]]
series = 5
interval = "200ms"
[[sensors.exec]]
command = ["/bin/sh", "-c", "echo it.is 7"]
interval = "1s"
"""
REMOTE = """
[remote]
commands = ["ping", "read", "flush", "restart"]
sensors = ["exec/*"]
"""
KILLS = 40


def send(world, *arguments, check=True):
    done = world.godwit("command", "send", "test", *arguments, "-o", "json", check=False)
    # What it prints is told also when the command was refused.
    assert done.stdout, done.stderr
    if check:
        assert done.returncode == 0, done.stderr
    return done.returncode, json.loads(done.stdout)


def listed(world):
    return json.loads(world.godwit("command", "ls", "test", "-o", "json").stdout)


def allowed_and_refused(world, agent):
    _, ping = send(world, "ping", "-m", "hello")
    assert ping["state"] == "done" and "godwit-agent" in ping["output"], ping
    assert ping["message"] == "hello"
    _, read = send(world, "read", "sensor=exec/exec")
    assert "it.is" in read["output"] and " 7" in read["output"], read
    refused = {("read", "sensor=pattern/pattern"): "remote.sensors",
               ("read",): "sensor=TYPE/NAME",
               ("read", "sensor=../../etc/passwd"): "remote.sensors",
               ("set-log-level", "level=debug"): "remote.commands",
               ("run", "name=$(reboot)"): "no command 'run'",
               ("ping; reboot",): "no command"}
    for words, rule in refused.items():
        code, command = send(world, *words, check=False)
        assert code == 77 and command["state"] == "refused" and rule in command["output"], command
    # Too large for the collector already.
    assert world.godwit("command", "send", "test", "ping", "x=" + "y" * 5000,
                        check=False).returncode == 64
    code, missing = send(world, "read", "sensor=exec/missing", check=False)
    assert code == 1 and missing["state"] == "failed", missing


def restart_keeps_the_process(world, agent):
    before = agent.log.read_text().count("run ")
    _, restart = send(world, "restart")
    assert restart["state"] == "done", restart
    wait_until(lambda: agent.log.read_text().count("session open") >= 2, 15, "it is back")
    assert agent.running() and agent.log.read_text().count("run ") > before
    children = subprocess.run(["ps", "--ppid", str(agent.process.pid), "-o", "stat="], check=True,
                              capture_output=True, text=True).stdout.split()
    assert not any(state.startswith("Z") for state in children), children


def one_that_waits(world, agent):
    assert agent.stop() == 0
    wait_until(lambda: not device_connected(world), 10, "it is away")
    for life in ("2s", "1h"):
        world.godwit("command", "send", "test", "ping", "--life", life)
    assert [command["state"] for command in listed(world)[:2]] == ["waiting", "waiting"]
    time.sleep(2.5)
    agent.start()
    wait_until(lambda: listed(world)[0]["state"] == "done", 20, "the one with life left is done")
    assert listed(world)[1]["state"] == "expired"


def device_connected(world):
    return json.loads(world.godwit("device", "ls", "-o", "json").stdout)[0]["connected"]


def killed_at_any_moment(world, agent, collector):
    """Each exec of `read` leaves a line; so many lines as there were readings, at most."""
    random.seed(7)
    for kill in range(KILLS):
        asked = subprocess.Popen(
            [BIN / "godwit", "command", "send", "test", "read", "sensor=exec/counted", "--life",
             "1h", "--no-wait", "--collector", f"127.0.0.1:{world.operators_port}"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.01 + random.random() * 0.04)
        victim = agent if kill % 2 == 0 else collector
        victim.kill()
        victim.start()
        asked.wait()
        if victim is collector:
            wait_until(lambda: world.godwit("device", "ls", check=False).returncode == 0, 10,
                       "the collector is back")
    wait_until(lambda: all(command["state"] not in ("waiting", "begun")
                           for command in listed(world)), 60, "every command has ended")
    ended = [command for command in listed(world)
             if command["arguments"] == {"sensor": "exec/counted"}]
    lines = (world.folder / "counted").read_text().splitlines()
    done = sum(command["state"] == "done" for command in ended)
    unknown = sum(command["state"] == "outcome unknown" for command in ended)
    print(f"{KILLS} kills, {len(ended)} commands: {done} done, {unknown} unknown, {len(lines)} ran")
    assert done + unknown == len(ended), [command["state"] for command in ended]
    assert done <= len(lines) <= done + unknown, (done, unknown, lines)
    assert done > 0


def main():
    with World() as world:
        counted = f"""
[[sensors.exec]]
name = "counted"
command = ["/bin/sh", "-c", "echo x >> {world.folder}/counted; echo it.was 1"]
interval = "1d"
"""
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(SENSORS + counted, extra=REMOTE).start()
        wait_until(lambda: (world.device() or {}).get("records", 0) > 0, 20, "records arrive")
        allowed_and_refused(world, agent)
        restart_keeps_the_process(world, agent)
        one_that_waits(world, agent)
        (world.folder / "counted").unlink(missing_ok=True)
        killed_at_any_moment(world, agent, collector)
        explained = subprocess.run(
            [BIN / "godwit-agent", "remote", "explain", "--config", world.folder / "agent.toml"],
            check=True, capture_output=True, text=True).stdout
        can, cannot = explained.split("The server cannot:")
        assert "(ping)" in can and "exec/*" in can and "(set-log-level)" in cannot, explained
        assert agent.stop() == 0


main()
