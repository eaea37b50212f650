"""Agent and collector are killed at every step at which they write down a command or a configuration: a tracer
kills the process as it enters the system call. Whatever the step, a command runs at most once and ends
truthfully, and a device ends with a configuration that its collector knows, uploading."""

import collections
import json
import signal
import subprocess
import time

from harness import BIN, World, wait_until

AGENT_CALLS = ["openat", "write", "fdatasync", "fsync", "unlink"]
STEPS_MAX = 40
SENSORS = """
[[sensors.pattern]]
series = 3
interval = "500ms"
[[sensors.exec]]
name = "counted"
command = ["/bin/sh", "-c", "echo x >> {folder}/counted; echo it.was 1"]
interval = "1d"
"""
REMOTE = """
[remote]
# What a trial may take on a busy machine: none of these fails for lack of time.
config = { enabled = true, confirm = "30s" }
"""


class Tracer:
    """Kills a process at its step-th system call of that kind, counted in each thread; with `paths`, of those on
    them only."""

    def __init__(self, process, step, call, paths=()):
        self.process = process
        self.tracer = subprocess.Popen(
            ["strace", "-f", "-qq", *[word for path in paths for word in ("-P", str(path))], "-o", "/dev/null", "-p", str(process.process.pid), "-e",
             f"trace={call}", "-e", f"inject={call}:signal=KILL:when={step}"],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        status = f"/proc/{process.process.pid}/status"
        # Struck at once, it is gone before it is seen traced.
        wait_until(lambda: not process.running() or "TracerPid:\t0\n" not in open(status).read(), 10, "it is traced")
        time.sleep(0.1)  # the threads, too

    def struck(self, until, seconds):
        """Whether it killed the process before `until` holds."""
        deadline = time.monotonic() + seconds
        while self.process.running() and not until() and time.monotonic() < deadline:
            time.sleep(0.05)
        struck = not self.process.running()
        self.tracer.send_signal(signal.SIGINT)
        self.tracer.wait()
        if not struck and not self.process.running():
            struck = True
        return struck


def listed(world):
    done = world.godwit("command", "ls", "test", "-o", "json", check=False)
    return json.loads(done.stdout) if done.returncode == 0 else []


def ask(world, *words):
    """Whether the collector took it: it may be killed meanwhile."""
    return subprocess.Popen([BIN / "godwit", "--collector", f"127.0.0.1:{world.operators_port}", *words],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def has_ended(command):
    return command["state"] not in ("waiting", "begun")


def connected(world):
    done = world.godwit("device", "ls", "-o", "json", check=False)
    return done.returncode == 0 and json.loads(done.stdout)[0]["connected"]


def ready(world, victim):
    def stands():
        # A kill that came while it waited for the disk shows a moment later only.
        if not victim.running():
            victim.process.wait()
            victim.start()
        return connected(world)

    wait_until(stands, 30, "the device is connected")


def every_step(what, world, victim, calls, one, paths=lambda: ()):
    """Until a command or trial goes through without being struck, for each kind of call. How many struck, and
    what came of them."""
    seen = collections.Counter()
    for call in calls:
        for step in range(1, STEPS_MAX):
            ready(world, victim)
            struck, outcome = one(world, victim, lambda: Tracer(victim, step, call, paths()))
            seen[outcome] += struck
            if not struck:
                assert outcome in ("done", "applied"), (call, step, outcome)
                break
        else:
            raise AssertionError(f"it is never through {call}")
    print(f"{what}, {victim.log.stem}: {sum(seen.values())} steps: {dict(seen)}")
    return sum(seen.values()), seen


def command(world, victim, trace):
    counted = world.folder / "counted"
    counted.unlink(missing_ok=True)
    # Asked before the tracer strikes: the device's own uploads are written down, too.
    known = {row["id"] for row in listed(world)}
    tracer = trace()
    asked = ask(world, "command", "send", "test", "read", "sensor=exec/counted", "--no-wait")

    def mine():
        return [row for row in listed(world) if row["id"] not in known]

    struck = tracer.struck(lambda: asked.poll() is not None and any(map(has_ended, mine())), 15)
    asked.wait()
    ready(world, victim)
    wait_until(lambda: all(map(has_ended, mine())), 30, "the command has ended")
    lines = len(counted.read_text().splitlines()) if counted.exists() else 0
    rows = mine()
    if not rows:  # killed before it was stored
        assert victim.log.name.startswith("godwit-collector") and struck and lines == 0, lines
        return struck, "never issued"
    state = rows[0]["state"]
    assert len(rows) == 1 and state in ("done", "outcome unknown"), rows
    assert lines == 1 if state == "done" else lines <= 1, (rows, lines)
    return struck, state


def history(world):
    done = world.godwit("config", "history", "test", "-o", "json", check=False)
    return json.loads(done.stdout) if done.returncode == 0 else []


def trial(world, victim, trace):
    offers = len(history(world))
    tracer = trace()
    name = world.write("pushed.toml", f'[batch]\nperiod = "{1000 + offers}ms"\n')
    asked = ask(world, "config", "push", name, "-d", "test", "--no-wait")

    def is_over():
        now = history(world)
        return len(now) > offers and now[0]["state"] in ("applied", "failed")

    struck = tracer.struck(lambda: is_over() and asked.poll() is not None, 30)
    asked.wait()
    ready(world, victim)
    if len(history(world)) == offers:
        assert victim.log.name.startswith("godwit-collector") and struck
        return struck, "never issued"
    wait_until(is_over, 60, "the trial has ended")
    now = json.loads(world.godwit("config", "ls", "test", "-o", "json").stdout)[0]
    assert not now["foreign"], now
    assert (now["effective"] == now["offered"]) == (now["state"] == "applied"), now
    assert now["state"] == "applied" or "crash" in now["reason"], now
    before = world.device()["records"]
    wait_until(lambda: world.device()["records"] > before, 20, "it uploads")
    return struck, now["state"]


def numbered(folder):
    """A folder of numbered files, those that are there and the next ones."""
    files = sorted(folder.glob("[0-9a-f]*.*")) if folder.exists() else []
    newest = int(files[-1].stem, 16) if files else 0
    suffix = files[-1].suffix if files else ".state"
    return [folder, *files, *(folder / f"{newest + more:016x}{suffix}" for more in range(1, 6))]


def main():
    with World() as world:
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        sensors = SENSORS.replace("{folder}", str(world.folder))
        agent = world.agent(sensors, extra=REMOTE, period="1s").start()
        wait_until(lambda: (world.device() or {}).get("records", 0) > 0, 20, "records arrive")
        # RECEIVED, STARTED, DONE: each written and synced.
        steps, seen = every_step("commands", world, agent, AGENT_CALLS, command,
                                 lambda: numbered(world.folder / "agent/commands"))
        assert steps >= 6 and seen["outcome unknown"] >= 2, (steps, seen)
        # Issued, started, ended: each a commit.
        steps, seen = every_step("commands", world, collector, ["fdatasync"], command)
        assert steps >= 3, (steps, seen)
        # On trial, ended: each a file of its own, written and synced with its folder.
        steps, seen = every_step("configurations", world, agent, AGENT_CALLS, trial,
                                 lambda: numbered(world.folder / "agent/configuration"))
        assert steps >= 8 and seen["failed"] >= 2, (steps, seen)
        steps, seen = every_step("configurations", world, collector, ["fdatasync"], trial)
        assert steps >= 3, (steps, seen)


if __name__ == "__main__":
    main()
