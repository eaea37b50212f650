"""A second agent beside one that runs: it ends with 69, and what lies on the disk is as before, whatever the second
would have made of it. A configuration that was pushed stays in force."""

import hashlib
import json
import signal
import subprocess

from harness import BIN, World, wait_until

SENSORS = """
[[sensors.pattern]]
series = 3
interval = "500ms"
"""
REMOTE = """
[remote]
config = { enabled = true, confirm = "5s" }
"""
IN_USE = 69


def listed(world):
    return json.loads(world.godwit("config", "ls", "test", "-o", "json").stdout)[0]


def tree(folder):
    """Every name below it with its size, mode, time of change and content."""
    found = {}
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        content = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (status.st_mode, status.st_size, status.st_mtime_ns, content)
    return found


def all_are_refused(world, agent, what):
    """While the first one stands still, and writes nothing itself."""
    config = world.folder / "agent.toml"
    agent.process.send_signal(signal.SIGSTOP)
    try:
        before = tree(world.folder / "agent")
        assert any(name.endswith(".state") for name in before), before
        for words in (["run"], ["once"], ["spool", "adopt", "another"], ["spool", "drop", "another"]):
            done = subprocess.run([BIN / "godwit-agent", *words, "--config", config], capture_output=True,
                                  text=True, timeout=20)
            assert done.returncode == IN_USE, (what, words, done)
            assert "another process holds it" in done.stderr, (what, words, done.stderr)
            now = tree(world.folder / "agent")
            assert now == before, (what, words, set(now.items()) ^ set(before.items()))
    finally:
        agent.process.send_signal(signal.SIGCONT)
    print(f"{what}: refused, {len(before)} names unchanged")


def main():
    with World() as world:
        world.collector().start()
        agent = world.agent(SENSORS, extra=REMOTE).start()
        wait_until(lambda: (world.device() or {}).get("records", 0) > 0, 20, "records arrive")
        pushed = world.write("pushed.toml", '[batch]\nperiod = "1s"\n')
        assert world.godwit("config", "push", pushed, "-d", "test").returncode == 0
        effective = listed(world)["effective"]
        assert effective
        all_are_refused(world, agent, "a configuration in force")

        config = world.folder / "agent.toml"
        own = config.read_text()
        config.write_text(own + "# edited\n")
        all_are_refused(world, agent, "own files that have changed")
        elsewhere = world.folder / "elsewhere"
        config.write_text(own + f'[spool]\npath = "{elsewhere}"\n')
        for words in ("run", "once"):
            done = subprocess.run([BIN / "godwit-agent", words, "--config", config], capture_output=True,
                                  text=True, timeout=20)
            assert done.returncode == IN_USE and not elsewhere.exists(), (words, done)
        config.write_text(own)

        agent.kill()  # it counts: three such starts in a row would lead back
        agent.start()
        wait_until(lambda: world.device()["connected"], 20, "it is back")
        assert listed(world)["effective"] == effective, listed(world)

        said = agent.log.read_text().count("is on trial")
        another = world.write("another.toml", '[batch]\nperiod = "4s"\n')
        world.godwit("config", "push", another, "-d", "test", "--no-wait")
        wait_until(lambda: agent.log.read_text().count("is on trial") > said, 10, "it is tried")
        all_are_refused(world, agent, "a trial under way")
        wait_until(lambda: listed(world)["state"] in ("applied", "failed"), 30, "the trial ends")
        assert not listed(world)["reason"].startswith("crash"), listed(world)
        assert agent.stop() == 0


main()
