"""Configurations that break a device, pushed to a real one: whatever they do, it ends with what it ran with
before, uploads, tells why, and the sensors that the configuration does not change miss no tick. Then
those that are good: they hold, through restarts, until somebody wants another."""

import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time

from authority import Authority, tls
from harness import BIN, Proxy, World, wait_until

CONFIRM = 15
STEADY = """
[[sensors.pattern]]
name = "steady"
series = 3
interval = "200ms"
attributes = { of = "steady" }
"""
REMOTE = """
[remote]
fallback_after = "10s"
config = { enabled = true, confirm = "%ds", max_memory = "%s", allow = ["agent.*", "batch.*", "spool.*",
  "upload.*", "tls.*", "sensors.*", "sensors.exec.command"], paths = ["/bin/*", "/usr/bin/*", "%s/*"] }
"""
FLOOD = """
[[sensors.replay]]
name = "flood"
path = "%s/noise.csv"
interval = "10ms"
"""
# They have the same series, so only the first is sampled; but all are read, on the loop, and each looks
# at all the others.
STARVE = "".join(f"""
[[sensors.agent]]
name = "starve-{number}"
interval = "10ms"
""" for number in range(120))
HUGE = """
[[sensors.pattern]]
name = "huge"
series = 19000
interval = "1s"
shape = "sine"
attributes = { long = "%s" }
""" % ("x" * 500)


# It overflows the stack of a parser that takes it.
DEEP = "[" + "a." * 12000 + "a]\n"
TOO_DEEP = ":1:65: error: nested deeper than 32 levels"

# Its next tick comes long after the trial.
SELDOM = """
[[sensors.exec]]
name = "%s"
command = ["%s"]
interval = "1h"
"""


def noise(columns, rows):
    """CSV of values that do not compress."""
    random.seed(1)
    lines = [",".join(f"noise.{column}" for column in range(columns))]
    lines += [",".join(repr(random.random()) for _ in range(columns)) for _ in range(rows)]
    return "\n".join(lines) + "\n"


def listed(world):
    return json.loads(world.godwit("config", "ls", "test", "-o", "json").stdout)[0]


def push(world, text, *arguments, name="pushed.toml"):
    return world.godwit("config", "push", world.write(name, text), "-d", "test", *arguments,
                        "-o", "json", check=False)


def steady_ticks(world):
    """By run of the agent: the numbers restart."""
    result = world.godwit("export", "-d", "test", "godwit.pattern.count{index=0,of=steady}",
                          "--since", "1h", "-o", "jsonl")
    runs = [[]]
    for line in result.stdout.splitlines():
        value = json.loads(line)["value"]
        if runs[-1] and value <= runs[-1][-1]:
            runs.append([])
        runs[-1].append(value)
    return [[int(value) for value in run] for run in runs]


def no_tick_is_missing(world):
    for run in steady_ticks(world):
        holes = [(a, b) for a, b in zip(run, run[1:]) if b != a + 1]
        assert not holes, holes[:5]


def uploads_again(world):
    before = sum(map(len, steady_ticks(world)))
    wait_until(lambda: sum(map(len, steady_ticks(world))) > before, 20, "it uploads")


def fails(world, what, text, reason, unchecked=False, seconds=60):
    started = time.monotonic()
    effective = listed(world)["effective"]
    arguments = ["--unchecked"] if unchecked else []
    done = push(world, text, "-m", what, *arguments)
    assert done.returncode == 1, (what, done.returncode, done.stderr)
    now = listed(world)
    assert now["state"] == "failed" and reason in now["reason"], (what, reason, now)
    assert now["effective"] == effective and now["message"] == what, now
    uploads_again(world)
    print(f"{what}: {now['reason'].splitlines()[0]} ({time.monotonic() - started:.1f} s)")
    sys.stdout.flush()


@contextlib.contextmanager
def a_small_machine(agent):
    """A fifth of one processor is left to the agent."""
    pid = agent.process.pid
    before = os.sched_getaffinity(pid)
    one = {min(before)}
    busy = [subprocess.Popen(["sh", "-c", "while :; do :; done"],
                             preexec_fn=lambda: os.sched_setaffinity(0, one)) for _ in range(4)]
    for thread in os.listdir(f"/proc/{pid}/task"):
        os.sched_setaffinity(int(thread), one)
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()
        for thread in os.listdir(f"/proc/{pid}/task"):
            os.sched_setaffinity(int(thread), before)


def broken_in_many_ways(world, agent, other):
    folder = world.folder
    fails(world, "wrong endpoint", '[upload]\nendpoint = "127.0.0.1:1"\n', "not proved within")
    fails(world, "another collector", f'[upload]\nendpoint = "{other.listen_devices}"\n',
          "does not know this configuration")
    fails(world, "wrong authority", f'[tls]\nca = "{folder}/stranger.pem"\n', "tls.ca")
    fails(world, "a sensor that hangs",
          '[[sensors.exec]]\nname = "hang"\ncommand = ["/bin/sleep", "60"]\ninterval = "1s"\n'
          'timeout = "500ms"\n', "exec/hang")
    fails(world, "a sensor that fails", SELDOM % ("broken", "/bin/false"), "exec/broken fails")
    world.write("noise.csv", noise(2000, 40))
    fails(world, "one that floods", FLOOD % folder, "flood: ")
    with a_small_machine(agent):
        fails(world, "a period that starves the loop", STARVE, "starved: ")
    fails(world, "memory beyond the limit", HUGE, "memory: ")
    fails(world, "a syntax error", '[batch]\nperiod = "1s\n', ":2:", unchecked=True)
    fails(world, "tables without end", DEEP, TOO_DEEP, unchecked=True)
    fails(world, "a forbidden setting", '[spool]\npath = "/tmp/elsewhere"\n', ":2:1: error: ",
          unchecked=True)
    fails(world, "a forbidden path",
          '[[sensors.file]]\npath = "/etc/shadow"\nmetric = "x"\n', "remote.config.paths")
    (folder / "link").symlink_to("/etc/hostname")
    fails(world, "a link to a forbidden path",
          f'[[sensors.file]]\npath = "{folder}/link"\nmetric = "x"\n', "leads to /etc/hostname")
    fails(world, "a path that leads nowhere yet",
          f'[[sensors.file]]\npath = "{folder}/later"\nmetric = "x"\n', "its target cannot be checked")
    fails(world, "nothing at all", "# nothing\n", "sets nothing", unchecked=True)
    fails(world, "no sensors", '[[sensors.pattern]]\nname = "steady"\nenabled = false\n',
          "it has no sensor")
    crashes_on_apply(world, agent)
    bound_below_the_backlog(world, agent)
    no_tick_is_missing(world)
    # Nothing was given to the collector that is another one.
    assert other.device() is None or other.device()["records"] <= 1, other.device()


def crashes_on_apply(world, agent):
    said = agent.log.read_text().count("is on trial")
    push(world, '[batch]\nperiod = "3s"\n', "-m", "crash", "--no-wait")
    wait_until(lambda: agent.log.read_text().count("is on trial") > said, 10, "it is tried")
    agent.kill()
    agent.start()
    wait_until(lambda: listed(world)["state"] == "failed", 20, "it is reported")
    assert listed(world)["reason"].startswith("crash: "), listed(world)
    uploads_again(world)
    print("a crash on apply:", listed(world)["reason"])


def bound_below_the_backlog(world, agent):
    assert agent.stop() == 0
    spool = world.folder / "agent" / "spool"
    subprocess.run([BIN / "fill_spool", spool, "test-device", str(4 << 20)], check=True,
                   capture_output=True)
    push(world, '[spool]\nmax_bytes = "1MiB"\n', "-m", "small", "--no-wait")
    agent.start()
    wait_until(lambda: listed(world)["state"] == "failed", 30, "it is reported")
    assert "would drop some of it" in listed(world)["reason"], listed(world)
    uploads_again(world)
    gaps = world.gaps()
    assert not any(gap.get("reason") == "spool full" for gap in gaps), gaps
    print("a bound below the backlog:", listed(world)["reason"])


def the_operator_is_warned_first(world):
    """What is wrong in any case is not even sent."""
    wrong = push(world, '[batch]\nperoid = "1s"\n')
    assert wrong.returncode == 78 and ":2:1: error: unknown key 'peroid'" in wrong.stderr, wrong.stderr
    assert "did you mean 'period'?" in wrong.stderr
    empty = push(world, "", "--unchecked")
    assert empty.returncode == 78 and "empty" in empty.stderr, empty.stderr
    deep = push(world, DEEP)
    assert deep.returncode == 78 and TOO_DEEP in deep.stderr, deep
    for daemon in ("godwit-agent", "godwit-collector"):
        checked = subprocess.run([BIN / daemon, "config", "check", "--config", world.write("deep.toml", DEEP)],
                                 capture_output=True, text=True)
        assert checked.returncode == 78 and TOO_DEEP in checked.stderr, checked
    good = world.godwit("config", "check", world.write("good.toml", '[batch]\nperiod = "1s"\n'))
    assert good.stdout.endswith("good.toml: no errors\n"), good.stdout
    folder = world.godwit("config", "check", str(world.folder), check=False)
    assert folder.returncode == 1 and "Is a directory" in folder.stderr, folder
    missing = world.godwit("config", "check", str(world.folder / "none.toml"), check=False)
    assert missing.returncode == 1 and "No such file or directory" in missing.stderr, missing
    endless = world.godwit("config", "check", "/dev/zero", check=False)
    assert endless.returncode == 78 and "is longer than" in endless.stderr, endless
    nobody = world.godwit("config", "push", str(world.folder / "good.toml"), check=False)
    assert nobody.returncode == 64, nobody


def applies(world, text, *arguments):
    done = push(world, text, *arguments)
    assert done.returncode == 0, (done.stdout, done.stderr)
    now = listed(world)
    assert now["state"] == "applied" and now["effective"] == now["offered"], now
    return now["effective"]


def one_accident_is_forgiven(world):
    """A new sensor that fails when it is first looked at, and never again."""
    script = pathlib.Path(world.write("accident", f"""#!/bin/sh
[ -e {world.folder}/happened ] && exec echo accident.count 1
touch {world.folder}/happened
exit 1
"""))
    script.chmod(0o755)
    applies(world, SELDOM % ("accident", script))
    assert (world.folder / "happened").exists()


def good_ones_hold(world, agent):
    steady = world.device()["missing_ticks_24h"]
    more = ('[agent]\nlabels = { site = "plant-7" }\n[batch]\nperiod = "1s"\n'
            '[[sensors.pattern]]\nname = "more"\nseries = 2\ninterval = "500ms"\n')
    first = applies(world, more)
    wait_until(lambda: world.godwit(
        "latest", "test", "godwit.pattern.count").stdout.count("\n") > 4, 10, "more is sampled")
    shown = json.loads(world.godwit("device", "show", "test", "-o", "json").stdout)
    assert shown["settings"]["batch.period"] == '"1s"', shown["settings"]
    assert shown["origins"]["batch.period"] == f"revision {first[:8]}:4", shown["origins"]
    # Through a restart, and on another way to the same collector.
    assert agent.stop() == 0
    agent.start()
    uploads_again(world)
    assert listed(world)["effective"] == first
    proxy = Proxy(world.devices_port)
    moved = applies(world, more + f'[upload]\nendpoint = "127.0.0.1:{proxy.port}"\n', "-l", "site=plant-7")
    assert proxy.links, "it comes another way"
    difference = world.godwit("config", "diff", first[:8], moved[:8]).stdout
    assert "+endpoint" in difference and "-" not in difference, difference
    assert world.godwit("config", "show", moved[:8]).stdout.startswith("[agent]")
    fallback_connection(world, agent, proxy)
    no_tick_is_missing(world)
    assert world.device()["missing_ticks_24h"] - steady <= 40, "only what restarts cost"
    return first


def fallback_connection(world, agent, proxy):
    """The way it was moved to is gone for good: it comes home by the one before."""
    proxy.close()
    wait_until(lambda: agent.log.read_text().count("trying a previous connection") >= 1, 60,
               "it looks for the way home")
    uploads_again(world)
    assert world.godwit("config", "rollback", "test", "-m", "proxy is gone").returncode == 0
    assert listed(world)["state"] == "applied", listed(world)
    history = json.loads(world.godwit("config", "history", "test", "-o", "json").stdout)
    assert history[0]["message"] == "proxy is gone" and len(history) > 10, history[0]


def crashes_later(world, agent, collector, first):
    """Three starts that end soon, and nobody has heard of it: what was before returns."""
    assert listed(world)["effective"] == first
    collector.kill()
    for _ in range(4):
        agent.kill()
        agent.start()
        time.sleep(1)
    collector.start()
    wait_until(lambda: world.godwit("config", "ls", check=False).returncode == 0, 10, "it is back")
    # What was before goes by the proxy that is gone: this takes the way home once more.
    wait_until(lambda: listed(world)["state"] == "failed", 60, "it is reported")
    assert "starts in a row" in listed(world)["reason"], listed(world)
    uploads_again(world)


def the_owner_has_the_last_word(world, agent):
    applies(world, '[batch]\nperiod = "1s"\n')
    config = pathlib.Path(world.folder / "agent.toml")
    config.write_text(config.read_text().replace('period = "2s"', 'period = "3s"'))
    agent.process.send_signal(signal.SIGHUP)
    wait_until(lambda: listed(world)["state"] == "unset", 20, "the file rules")
    assert listed(world)["effective"] == "" and "in force alone" in listed(world)["reason"]
    applies(world, '[batch]\nperiod = "2s"\n')
    done = world.godwit("config", "unset", "-d", "test")
    assert done.returncode == 0 and listed(world)["effective"] == "", listed(world)
    config.write_text(config.read_text().replace("enabled = true", "enabled = false"))
    agent.process.send_signal(signal.SIGHUP)
    wait_until(lambda: agent.said("settings changed: 1"), 10, "it is reloaded")
    refused = push(world, '[batch]\nperiod = "1s"\n')
    assert refused.returncode == 1 and "remote.config.enabled" in refused.stderr, refused.stderr


def main():
    with World() as world, World() as other:
        Authority(world.folder, "stranger")
        authority = Authority(world.folder, "ca")
        authority.certificate("collector", "IP:127.0.0.1")
        authority.certificate("device", "DNS:device")
        collector = world.collector(tls(world.folder, "ca", "collector")).start()
        other.collector(tls(world.folder, "ca", "collector")).start()
        remote = REMOTE % (CONFIRM, "32MiB", world.folder)
        agent = world.agent(STEADY, extra='[spool]\nmax_bytes = "64MiB"\n' + remote +
                            tls(world.folder, "ca", "device")).start()
        wait_until(lambda: world.device() and world.device()["samples"], 20, "the first samples")
        the_operator_is_warned_first(world)
        broken_in_many_ways(world, agent, other)
        one_accident_is_forgiven(world)
        first = good_ones_hold(world, agent)
        crashes_later(world, agent, collector, first)
        the_owner_has_the_last_word(world, agent)
        assert agent.stop() == 0


if __name__ == "__main__":
    main()
