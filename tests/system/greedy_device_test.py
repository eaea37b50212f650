"""One device that brings new boots, runs and tables without end is slowed, and rejected nothing; the
device beside it has its verdicts within 5 s; the operator sees the alerts and acknowledges them."""

import json
import subprocess
import time

from harness import BIN, World, wait_until

SENSORS = """
[[sensors.pattern]]
name = "waves"
series = 2
shape = "sine"
interval = "1s"
"""
SECONDS = 8
LAG_MAX_S = 5 + 1 + 1  # the verdict, the batch, the sensor


def check_neighbour(world, greedy):
    """How old the newest sample that is committed of the device beside it gets to be."""
    worst = 0
    while greedy.poll() is None:
        rows = json.loads(world.godwit("device", "ls", "-o", "json").stdout)
        newest = next(row["newest_sample_unix_ns"] for row in rows if row["device"] == "test-device")
        worst = max(worst, time.time() - newest / 1e9)
        time.sleep(0.2)
    print(f"the newest sample of the device beside it was at most {worst:.1f} s old")
    assert worst < LAG_MAX_S, worst


def check_answers(answers):
    print(answers)
    assert answers["rejected"] == 0 and answers["sessions_refused"] == 0, answers
    assert answers["sessions_postponed"] > 0 and answers["retry"] > 0, answers
    # 256 tables at once, 16 a record, and then a record in 10 s.
    assert 16 <= answers["committed"] <= 16 + 2, answers
    assert answers["hints"] >= answers["sessions_postponed"], answers


def alerts(world, *arguments):
    rows = json.loads(world.godwit("alert", "ls", *arguments, "-o", "json").stdout)
    return {row["kind"]: row for row in rows if row["name"] == "greedy"}


def check_alerts(world):
    raised = alerts(world)
    assert {"too many tables", "too many runs"} <= set(raised), raised
    assert all(row["open"] and row["count"] == 1 for row in raised.values()), raised
    status = world.godwit("status").stdout
    assert "too many tables" in status and "too many runs" in status, status

    world.godwit("alert", "ack", "greedy", "too many tables", "-m", "a test rig")
    row = alerts(world, "greedy")["too many tables"]
    assert not row["open"] and row["acknowledged_why"] == "a test rig", row
    assert "too many tables" not in alerts(world, "--open")
    world.godwit("alert", "ack", "greedy", "-m", "all of it")
    assert not alerts(world, "--open")
    shown = world.godwit("device", "show", "greedy").stdout
    assert "acknowledged by " in shown and ": a test rig" in shown, shown
    listed = {row["name"]: row for row in
              json.loads(world.godwit("device", "ls", "-o", "json").stdout)}["greedy"]
    assert listed["alerts"] == "" and "too many tables" in listed["acknowledged_alerts"], listed
    audit = json.loads(world.godwit("audit", "greedy", "-o", "json").stdout)
    assert [(row["what"], row["message"]) for row in audit] == [
        ("alerts", "all of it"), ("alerts", "a test rig")], audit
    assert "too many tables (1)" in audit[1]["detail"], audit


def check_refused(world):
    for code, words, arguments in [
            (1, "has no alert 'cloned'", ["greedy", "cloned", "-m", "why"]),
            (1, "no open alert", ["greedy", "-m", "why"]),
            (1, "no device's name or id begins with", ["nobody", "-m", "why"]),
            (64, "--message", ["greedy"])]:
        result = world.godwit("alert", "ack", *arguments, check=False)
        assert result.returncode == code and words in result.stderr, (arguments, result)


def main():
    with World() as world:
        world.collector().start()
        world.agent(SENSORS, period="1s", stream_period="1s").start()
        wait_until(lambda: (world.device() or {}).get("samples"), 20, "samples arrive")
        greedy = subprocess.Popen(
            [str(BIN / "greedy_device"), world.listen_devices, "greedy", str(SECONDS)],
            stdout=subprocess.PIPE, text=True)
        check_neighbour(world, greedy)
        check_answers(json.loads(greedy.stdout.read()))
        check_alerts(world)
        check_refused(world)


main()
