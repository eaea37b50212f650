"""Programs of exec sensors and of `run`: one whose file is on a file system that hangs stops no other, and the
process that starts them is started again when it is killed.

A program on that file system cannot be opened while it hangs, and a caller that tries hangs in the kernel.
"""

import contextlib
import json
import os
import pathlib
import signal
import time

from hanging_mount import mounted
from harness import World, wait_until

PROGRAM = "#!/bin/sh\necho stuck.value 1\n"
QUIET_S = 3


def settings(path):
    def sensor(name, command):
        return f'[[sensors.exec]]\nname = "{name}"\ninterval = "1s"\ntimeout = "1s"\ncommand = {json.dumps(command)}\n'
    return (sensor("good", ["/bin/echo", "good.value", "7"]) + sensor("stuck", [str(path)])
            + sensor("script", ["/bin/sh", str(path)])
            + f'[remote.programs]\nhello = "/bin/echo hello"\nstuck = "{path}"\n')


def state(world, name):
    shown = json.loads(world.godwit("device", "show", "test", "-o", "json").stdout)
    found = {sensor["name"]: sensor for sensor in shown["sensors"]}
    return found[f"exec/{name}"]["state"], found[f"exec/{name}"]["error"]


def processes(name, parent):
    """The processes of that name beneath another."""
    found = []
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            fields = (folder / "stat").read_text()
            if f"({name})" in fields and beneath(int(folder.name), parent):
                found.append(int(folder.name))
    return found


def beneath(pid, parent):
    while pid > 1 and pid != parent:
        pid = int(pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    return pid == parent


def no_tick_is_missed(world, since):
    times = [at for at, value in world.export("good.value")["good.value"] if at > since]
    assert len(times) >= QUIET_S - 1, times
    longest = max(after - before for before, after in zip(times, times[1:]))
    assert longest < 1.5, (longest, times)


def hanging(world, agent):
    hang = world.folder / "hang"
    wait_until(lambda: world.device() and state(world, "stuck")[0] == "good", 20, "the program runs")
    hang.touch()
    wait_until(lambda: "hangs in the kernel" in state(world, "stuck")[1], 20, "the program is called hanging")
    started = time.time()
    time.sleep(QUIET_S)
    assert state(world, "good")[0] == "good"
    answer = world.godwit("command", "send", "test", "run", "hello")
    assert answer.stdout == "hello\n", answer
    # The sensors' own two, and no more of them with each tick.
    assert agent.said("programs: 2 hang in the kernel"), "they are counted"
    assert not agent.said("programs: 3 hang"), "one of each command"
    world.godwit("command", "send", "test", "flush")
    time.sleep(1)
    no_tick_is_missed(world, started)

    kill_server(world, agent)
    hang.unlink()
    wait_until(lambda: state(world, "stuck")[0] == "good", 20, "the program runs again")
    assert state(world, "script")[0] == "good"


def kill_server(world, agent):
    server, = processes("godwit-spawner", agent.process.pid)
    os.kill(server, signal.SIGKILL)
    wait_until(lambda: [pid for pid in processes("godwit-spawner", agent.process.pid) if pid != server], 10,
               "the spawner is started again")
    answer = world.godwit("command", "send", "test", "run", "hello")
    assert answer.stdout == "hello\n", answer
    wait_until(lambda: agent.said("had died and was started again"), 10, "the log says so")


def main():
    with World() as world, mounted(world.folder, "stuck", PROGRAM, 0o555, ["open"]) as path:
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(settings(path), period="1s", stream_period="1s").start()
        hanging(world, agent)
        wait_until(lambda: state(world, "good")[0] == "good", 20, "the sensor is good")
        assert agent.stop() == 0
        assert collector.stop() == 0
    print(f"a program hung for {QUIET_S} s and stopped no other; the spawner was killed and came back")


main()
