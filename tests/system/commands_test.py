"""Commands: what a device allows runs, at most once; what it does not is refused by name; kill -9 of agent
and collector at any moment changes neither."""

import json
import random
import re
import signal
import subprocess
import threading
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
commands = ["ping", "read", "flush", "restart", "run", "live", "diagnostics", "logs"]
sensors = ["exec/*"]
program_timeout = "2s"
[remote.programs]
show = '/usr/bin/printf %s\\n <.*> <[a-z]+>'
mark = "/usr/bin/touch <{folder}/mark[0-9]>"
slow = "/bin/sleep 60"
fails = "/bin/false"
"""
KILLS = 40


def send(world, *arguments, check=True):
    done = world.godwit("-o", "json", "command", "send", "test", *arguments, check=False)
    # What it prints is reported also when the command was refused.
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
    output = world.godwit("command", "send", "test", "ping").stdout
    assert re.search("^round trip [0-9]+ms, its clock agrees with the collector's$", output, re.M), output
    _, read = send(world, "read", "sensor=exec/exec")
    assert "it.is" in read["output"] and " 7" in read["output"], read
    refused = {("read", "sensor=pattern/pattern"): "remote.sensors",
               ("read",): "sensor=TYPE/NAME",
               ("read", "sensor=../../etc/passwd"): "remote.sensors",
               ("set-log-level", "level=debug"): "remote.commands",
               ("ping; reboot",): "does not know the command",
               ("logs",): "cannot be sent as a command",
               ("live", "sensor=pattern/pattern"): "remote.sensors",
               ("run",): "name of a program",
               ("run", "$(reboot)"): "remote.programs",
               ("run", "/bin/sh", "-c", "reboot"): "remote.programs",
               ("run", "../touch"): "remote.programs",
               ("run", "show", "a"): "argument 2 is missing",
               ("run", "show", "a", "b", "c"): "no more than 2",
               ("run", "show", "a", "B"): "argument 2",
               ("run", "mark", f"{world.folder}/mark1 {world.folder}/mark22"): "argument 1",
               ("run", "mark", f"{world.folder}/../mark1"): "argument 1"}
    for words, rule in refused.items():
        code, command = send(world, words[0], "--", *words[1:], check=False)
        assert code == 77 and command["state"] == "refused" and rule in command["output"], command
    # Too large for the collector already, or no plain text.
    for words in (["ping", "x=" + "y" * 5000], ["run", "show", "a\x1b[2J", "b"],
                  ["run", "show", "a\nb", "b"]):
        assert world.godwit("command", "send", "test", *words, check=False).returncode == 64, words
    code, missing = send(world, "read", "sensor=exec/missing", check=False)
    assert code == 1 and missing["state"] == "failed", missing


def programs_run_without_a_shell(world):
    """What is one argument stays one, whatever is in it."""
    hostile = "$(touch {0}/injected); `touch {0}/injected` | > {0}/injected & \\ ' \" * ~".format(
        world.folder)
    _, shown = send(world, "run", "show", hostile, "word")
    assert shown["state"] == "done" and shown["output"] == f"{hostile}\nword\n", shown
    assert not (world.folder / "injected").exists()
    send(world, "run", "mark", f"{world.folder}/mark7")
    assert (world.folder / "mark7").exists()
    code, fails = send(world, "run", "fails", check=False)
    assert code == 1 and fails["state"] == "failed" and "exit code 1" in fails["output"], fails
    code, slow = slow_one_is_shown_as_started(world)
    assert code == 1 and "longer than 2s" in slow["output"], slow
    assert subprocess.run(["pgrep", "-f", "/bin/sleep 60"], check=False).returncode == 1


def slow_one_is_shown_as_started(world):
    """While it runs, people read "started"; JSON keeps "begun"."""
    ended = []
    asked = threading.Thread(target=lambda: ended.append(send(world, "run", "slow", check=False)))
    asked.start()
    wait_until(lambda: " started " in world.godwit("command", "ls", "test").stdout, 10, "it has started")
    assert listed(world)[0]["state"] in ("begun", "failed"), listed(world)[0]
    asked.join()
    return ended[0]


def interval_of(world, name):
    rows = json.loads(world.godwit("series", "ls", "-d", "test", "-o", "json").stdout)
    return [row["interval_ns"] for row in rows if row["series"] == name]


def inspected_closely(world, agent):
    """A sensor is read more often for a time, and no tick of the others is missing."""
    for word, why in (("sensor=exec/missing", "no sensor"), ("sensor=exec/exec interval=1h", "already"),
                      ("sensor=exec/exec for=1h", "for= must be from"),
                      ("sensor=exec/exec interval=1ms", "interval= must be from")):
        code, wrong = send(world, "live", *word.split(), check=False)
        assert code == 1 and why in wrong["output"], wrong
    _, live = send(world, "live", "sensor=exec/exec", "interval=100ms", "for=5s")
    assert "every 100ms for 5s" in live["output"], live
    wait_until(lambda: 100_000_000 in interval_of(world, "it.is"), 10, "it is read more often")
    wait_until(lambda: agent.said("is read every 1s again"), 15, "it ends by itself")
    gaps = json.loads(world.godwit("gaps", "test", "-o", "json").stdout)
    assert not [gap for gap in gaps if gap["reason"] == "missed"], gaps


def reported_in_full(world):
    _, bundle = send(world, "diagnostics")
    for part in ("agent\n  version", "spool\n  records", "upload\n  session open", "exec/exec: ",
                 "remote.programs = ", "log\n", "session open"):
        assert part in bundle["output"], (part, bundle["output"])
    assert "PRIVATE KEY" not in bundle["output"]


def followed(world, agent):
    """The log comes from afar, also lines that are not printed, and goes on after a restart."""
    last = world.godwit("logs", "test").stdout
    assert "session open" in last and last.count("\n") >= 3, last
    reader = subprocess.Popen(
        [BIN / "godwit", "logs", "test", "-f", "--level", "debug", "-o", "jsonl", "--collector",
         f"127.0.0.1:{world.operators_port}"], stdout=subprocess.PIPE, text=True)
    lines = []
    threading.Thread(target=lambda: lines.extend(map(json.loads, reader.stdout)), daemon=True).start()

    def came(text):
        return any(text in line["text"] for line in lines)
    wait_until(lambda: came("session open"), 10, "what was logged before")
    send(world, "ping")
    wait_until(lambda: came("command ping of"), 10, "the command is in the log")
    wait_until(lambda: any(line["level"] == "debug" for line in lines), 10, "a line of that level")
    opened = agent.log.read_text().count("session open")
    send(world, "restart")
    # A device counts as connected until its old stream has ended, and a command that comes to an agent
    # that is about to start again has an unknown outcome.
    wait_until(lambda: agent.log.read_text().count("session open") > opened, 15, "it is back")
    send_when_back(world)
    wait_until(lambda: sum("session open" in line["text"] for line in lines) >= 2, 20,
               "it is followed on after the restart")
    times = [line["time_unix_ns"] for line in lines]
    assert times == sorted(times), times
    reader.terminate()
    assert reader.wait(10) == 0
    assert agent.running()


def send_when_back(world):
    wait_until(lambda: device_connected(world), 15, "it is connected")
    send(world, "ping")


def the_owner_forbids_it_all(world, agent):
    config = world.folder / "agent.toml"
    config.write_text(re.sub("^commands = .*$", "commands = []", config.read_text(), flags=re.M))
    agent.process.send_signal(signal.SIGHUP)
    wait_until(lambda: agent.said("reload: settings changed"), 10, "it has read its file again")
    wait_until(lambda: device_connected(world), 15, "it is connected")
    for words in (["logs", "test"], ["command", "send", "test", "ping"],
                  ["command", "send", "test", "run", "fails"]):
        done = world.godwit(*words, check=False)
        assert done.returncode == 77 and "remote.commands" in done.stderr, (words, done)


def labelled_and_on_record(world):
    world.godwit("device", "label", "test", "site=plant-7", "spare=yes", "-m", "moved")
    world.godwit("device", "label", "test", "spare-")
    given = json.loads(world.godwit("device", "label", "test", "-o", "json").stdout)
    assert {"key": "site", "value": "plant-7", "from": "operator"} in given, given
    assert not any(label["key"] == "spare" for label in given), given
    for word in ("site", "=x", "-"):
        assert world.godwit("device", "label", "test", "--", word, check=False).returncode == 64, word
    shown = json.loads(world.godwit("device", "show", "test", "-o", "json").stdout)
    assert shown["operator_labels"] == {"site": "plant-7"}, shown
    entries = json.loads(world.godwit("audit", "test", "-n", "500", "-o", "json").stdout)
    changes = [(entry["what"], entry["detail"], entry["message"]) for entry in entries]
    assert ("labels", "site=plant-7 spare=yes", "moved") in changes, changes
    assert ("labels", "spare-", "") in changes
    assert ("command", "ping", "hello") in changes
    assert any(detail.startswith("run 1=") for _, detail, _ in changes), changes
    assert all(entry["issuer"] and entry["time_unix_ns"] > 0 for entry in entries)


def restart_keeps_the_process(world, agent):
    before = agent.log.read_text().count("run ")
    opened = agent.log.read_text().count("session open")
    _, restart = send(world, "restart")
    assert restart["state"] == "done", restart
    wait_until(lambda: agent.log.read_text().count("session open") > opened, 15, "it is back")
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
        agent = world.agent(SENSORS + counted, extra=REMOTE.format(folder=world.folder)).start()
        wait_until(lambda: (world.device() or {}).get("records", 0) > 0, 20, "records arrive")
        allowed_and_refused(world, agent)
        programs_run_without_a_shell(world)
        inspected_closely(world, agent)
        reported_in_full(world)
        followed(world, agent)
        labelled_and_on_record(world)
        restart_keeps_the_process(world, agent)
        one_that_waits(world, agent)
        (world.folder / "counted").unlink(missing_ok=True)
        killed_at_any_moment(world, agent, collector)
        explained = subprocess.run(
            [BIN / "godwit-agent", "remote", "explain", "--config", world.folder / "agent.toml"],
            check=True, capture_output=True, text=True).stdout
        can, cannot = explained.split("The server cannot:")
        assert "mark: /usr/bin/touch" in can and "run any other program" in cannot, explained
        assert "(ping)" in can and "exec/*" in can and "(set-log-level)" in cannot, explained
        the_owner_forbids_it_all(world, agent)
        assert agent.stop() == 0


main()
