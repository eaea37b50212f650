"""The ten questions of docs/operations.md, asked as they stand there; and what an operator's tools expect
of the rest: completion, the manual page, /metrics, /healthz, Ctrl-C."""

import http.client
import os
import pathlib
import re
import shlex
import signal
import subprocess
import time

from harness import BIN, World, wait_until

DOCS = pathlib.Path(os.environ["GODWIT_SOURCE"]) / "docs/operations.md"

SENSORS = """
[[sensors.system]]
interval = "500ms"
"""
# A million samples in a few seconds: more than the pipes and windows of an export hold.
MANY = SENSORS + "".join(f"""
[[sensors.pattern]]
name = "p{i}"
series = 2000
interval = "100ms"
attributes = {{ part = "{i}" }}
""" for i in range(8))
MANY_SAMPLES = 1_000_000


def questions():
    section = DOCS.read_text().split("## Ten questions")[1].split("\n## ")[0]
    return re.findall(r"^\$ godwit (.*)$", section, re.MULTILINE)


def check_questions(world):
    asked = questions()
    assert len(asked) == 10, asked
    for question in asked:
        words = shlex.split(question.split(" > ")[0])
        answer = world.godwit(*words)
        lines = answer.stdout.splitlines()
        print(f"{question}: {len(lines)} lines")
        if words[0] == "gaps":
            assert lines == ["nothing is missing"], answer
        else:
            assert len(lines) >= (9 if words[0] in ("status", "export") else 2), answer
        help_text = world.godwit(*words[:2 if words[0] in ("device", "series") else 1], "--help").stdout
        assert f"godwit {words[0]}" in help_text and "Examples:" in help_text, help_text


def get(world, path, method="GET"):
    connection = http.client.HTTPConnection("127.0.0.1", world.http_port, timeout=5)
    connection.request(method, path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode()


def metric(world, name):
    text = get(world, "/metrics")[1]
    return float(re.search(rf"^{name} (\S+)$", text, re.MULTILINE).group(1))


def check_http(world):
    assert get(world, "/healthz") == (200, "ok\n")
    assert metric(world, "godwit_collector_devices_connected") == 1
    assert metric(world, "godwit_collector_samples_total") > 1000
    assert metric(world, "process_resident_memory_bytes") > 1 << 20
    assert get(world, "/metrics", "HEAD") == (200, "")
    assert get(world, "/metrics", "POST")[0] == 405
    status, text = get(world, "/etc/passwd")
    assert status == 404 and "/metrics" in text, text
    connection = http.client.HTTPConnection("127.0.0.1", world.http_port, timeout=5)
    connection.request("GET", "/metrics", headers={"X": "x" * 20_000})
    try:
        assert connection.getresponse().status == 413
    except ConnectionError:
        pass  # it was ended while it still wrote


def check_interrupt(world):
    """Ctrl-C ends an export that nobody reads, and the collector notices within a second."""
    export = subprocess.Popen([str(BIN / "godwit"), "--collector",
                               f"127.0.0.1:{world.operators_port}", "export", "-d", "test"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    export.stdout.readline()  # then nothing more: the pipe fills up
    wait_until(lambda: metric(world, "godwit_collector_queries") == 1, 5, "the query is under way")
    tail = subprocess.Popen([str(BIN / "godwit"), "--collector",
                             f"127.0.0.1:{world.operators_port}", "tail", "test", "system.cpu.load*"],
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "system.cpu.load_average" in tail.stdout.readline()
    export.send_signal(signal.SIGINT)
    tail.send_signal(signal.SIGINT)
    begin = time.monotonic()
    # The command cannot write what it holds; the collector does not wait for that.
    wait_until(lambda: metric(world, "godwit_collector_queries") == 0, 1.5, "the queries are gone")
    print(f"noticed after {time.monotonic() - begin:.2f} s")
    words = export.communicate(timeout=10)[1]
    assert export.returncode == 1 and "the output is incomplete" in words, (export, words)
    assert tail.wait(timeout=10) == 0


def check_completion(world):
    script = world.write("completion.bash", world.godwit("completion", "bash").stdout)
    def complete(*words):
        text = " ".join(shlex.quote(word) for word in words)
        return subprocess.run(
            ["bash", "-c", f". {script}; COMP_WORDS=({text}); COMP_CWORD={len(words) - 1}; _godwit; "
             'echo "${COMPREPLY[@]}"'], check=True, capture_output=True, text=True).stdout.split()
    assert "query" in complete("godwit", "")
    assert complete("godwit", "device", "") == ["ls", "show", "refused", "label"]
    assert complete("godwit", "query", "--agg", "m") == ["mean", "min", "max"]
    assert "--since" in complete("godwit", "query", "-d", "pump", "--")
    page = world.write("godwit.1", world.godwit("man").stdout)
    lint = subprocess.run(["groff", "-man", "-Tascii", "-ww", "-z", page], capture_output=True,
                          text=True) if pathlib.Path("/usr/bin/groff").exists() else None
    assert lint is None or lint.stderr == "", lint.stderr


def main():
    with World() as world:
        collector = world.collector().start()
        wait_until(lambda: collector.said("http on"), 10, "the collector listens")
        # Called as the page calls it; the id as the tests do.
        agent = world.agent(SENSORS, name="pump-7").start()
        wait_until(lambda: (world.device() or {}).get("records", 0) >= 4, 30, "records arrive")
        check_questions(world)
        agent.stop()
        agent = world.agent(MANY, name="test").start()
        wait_until(lambda: metric(world, "godwit_collector_samples_total") > MANY_SAMPLES, 60,
                   "another device, with many samples")
        check_http(world)
        check_interrupt(world)
        check_completion(world)


main()
