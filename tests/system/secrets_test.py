"""What settings take from the environment or from a file by ${…} reaches no log, no diagnostics, no
operator, no store: messages name the text as it is written. A canary in each kind of setting is looked
for in all that the real programs print and write."""

import os
import signal
import subprocess
import urllib.request

from harness import BIN, World, wait_until

CANARY = "c4nary"
SETTINGS = """
[spool]
path = "${{CANARY_SPOOL}}"
[remote]
sensors = ["*"]
programs = {{ leak = "/bin/echo ${{CANARY_PROGRAM}} <[0-9]+>" }}
[[sensors.pattern]]
interval = "1s"
[[sensors.file]]
name = "gone"
interval = "1s"
path = "/nowhere/${{CANARY_FILE}}/value"
metric = "m.gone"
[[sensors.file]]
name = "no-number"
interval = "1s"
path = "{folder}/${{CANARY_TEXT}}"
metric = "m.text"
[[sensors.exec]]
name = "tells"
interval = "1s"
command = ["/bin/sh", "-c", "echo $TOKEN; echo failed with $TOKEN >&2; exit 3"]
environment = {{ TOKEN = "${{CANARY_TOKEN}}" }}
[[sensors.exec]]
name = "missing"
interval = "1s"
command = ["/nowhere/${{file:{folder}/token}}", "--key", "${{CANARY_ARGUMENT}}"]
[[sensors.system]]
interval = "1s"
disk.exclude = ["${{CANARY_PATTERN}}"]
"""
BROKEN = """
[spool]
when_full = "${CANARY_CHOICE}"
[remote]
commands = ["${CANARY_CHOICE}", "${CANARY_CHOICE}"]
"""


def canaries(*names):
    return {f"CANARY_{name}": f"{CANARY}-{name.lower()}-7291" for name in names}


def assert_clean(what, text):
    assert CANARY not in text, f"{what}: {text[max(0, text.index(CANARY) - 300):][:600]}"


def said_by(*command, env=None):
    result = subprocess.run([str(part) for part in command], capture_output=True, text=True, env=env)
    return result.stdout + result.stderr


def check_operators_view(world):
    """All that an operator can ask about the device."""
    shown = []
    for words in (["device", "show", "test"], ["device", "show", "test", "-o", "json"],
                  ["status"], ["series", "test"], ["latest", "test"], ["logs", "test"],
                  ["command", "send", "test", "diagnostics"],
                  ["command", "send", "test", "read", "sensor=file/gone"],
                  ["command", "send", "test", "read", "sensor=exec/tells"],
                  ["command", "send", "test", "read", "sensor=exec/missing"],
                  ["command", "send", "test", "run", "leak", "7"],
                  ["command", "send", "test", "run", "leak", "seven"],
                  ["command", "ls", "test"]):
        result = world.godwit(*words, check=False)
        shown.append(f"{words}: {result.stdout}{result.stderr}")
        assert_clean(words, shown[-1])
    every = "\n".join(shown)
    for written in ("${CANARY_FILE}", "${CANARY_TOKEN}", "${CANARY_PROGRAM}", "/token}"):
        assert written in every, f"{written} names it: {every}"
    with urllib.request.urlopen(f"http://127.0.0.1:{world.http_port}/metrics") as answer:
        assert_clean("/metrics", answer.read().decode())


def check_own_commands(world, config):
    """What the device's own command says."""
    for words in (["config", "check"], ["config", "show"], ["config", "show", "--origin"],
                  ["remote", "explain"], ["doctor"], ["test", "file/gone"], ["test", "exec/tells"],
                  ["test", "exec/missing"]):
        assert_clean(words, said_by(BIN / "godwit-agent", *words, "--config", config))


def check_failing_starts(world):
    """Settings that stop a start, or a connection."""
    for number, (kind, extra, says) in enumerate((
            ("choice", BROKEN, "${CANARY_CHOICE}"),
            ("endpoint", '[upload]\nendpoint = "${CANARY_HOST}"\n', "needs a port"),
            ("tls", '[tls]\nca = "/nowhere/${CANARY_TLS}"\n[upload]\nendpoint = "localhost:1"\n',
             "${CANARY_TLS}"),
            ("state", '[agent]\nstate = "/proc/${CANARY_STATE}"\n', "${CANARY_STATE}"),
            ("beyond", '[upload]\nendpoint = "${CANARY_HOST}.invalid:7443"\n', "${CANARY_HOST}"))):
        folder = world.folder / f"start-{number}"
        folder.mkdir()
        state = "" if kind == "state" else f'[agent]\nstate = "{folder}/state"\n'
        (folder / "agent.toml").write_text(state + extra)
        said = said_by(BIN / "godwit-agent", "--log", "debug", "run", "--config", folder / "agent.toml")
        assert_clean(kind, said)
        assert says in said, f"{kind}: {said}"


def check_unreachable(world):
    """A name that cannot be resolved: gRPC's own words have it."""
    folder = world.folder / "unreachable"
    folder.mkdir()
    config = folder / "agent.toml"
    config.write_text(f'[agent]\nstate = "{folder}/state"\n[upload]\ninsecure = true\n'
                      'endpoint = "${CANARY_HOST}.invalid:7443"\n')
    agent = world.process("godwit-agent", ["--log", "debug", "run", "--config", str(config)],
                          log="unreachable")
    agent.start()
    wait_until(lambda: agent.said("trying again"), 40, "the name is not found")
    agent.stop()


def check_files(folder):
    """Logs, spool, journal, store: whatever the programs wrote."""
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in ("token",) and CANARY not in path.name:
            assert CANARY.encode() not in path.read_bytes(), path


def main():
    os.environ.update(canaries("FILE", "TEXT", "TOKEN", "ARGUMENT", "PATTERN", "PROGRAM", "CHOICE",
                               "HOST", "TLS", "STATE"))
    with World() as world:
        world.write("token", f"{CANARY}-in-a-file-7291\n")
        world.write(os.environ["CANARY_TEXT"], "no number at all\n")
        os.environ["CANARY_SPOOL"] = str(world.folder / f"{CANARY}-spool-7291")
        world.collector().start()
        agent = world.agent(SETTINGS.format(folder=world.folder), period="1s")
        agent.start()
        config = world.folder / "agent.toml"
        wait_until(lambda: (world.device() or {}).get("records", 0) > 2, 30, "records are stored")
        check_operators_view(world)
        check_own_commands(world, config)
        config.write_text(f'[agent]\nid = "test-device"\nstate = "{world.folder}/agent"\n{BROKEN}')
        agent.process.send_signal(signal.SIGHUP)
        wait_until(lambda: agent.said("reload: refused"), 10, "the reload is refused")
        check_failing_starts(world)
        check_unreachable(world)
        assert agent.stop() == 0
        check_files(world.folder)
        assert "${CANARY_FILE}" in agent.log.read_text()


main()
