"""What an operator meets: values of every kind, every output format, and errors that say what to do."""

import csv
import io
import json
import socket
import time

from harness import World, wait_until

SENSORS = """
[[sensors.system]]
interval = "500ms"
[[sensors.pattern]]
name = "states"
series = 1
shape = "square"
interval = "100ms"
[[sensors.pattern]]
name = "waves"
series = 1
shape = "sine"
interval = "100ms"
"""


def check_formats(world):
    rows = [json.loads(line) for line in
            world.godwit("latest", "te", "-o", "jsonl").stdout.splitlines()]
    assert rows == json.loads(world.godwit("latest", "test-dev", "-o", "json").stdout)
    kinds = {row["kind"]: row for row in rows}
    assert set(kinds) == {"gauge", "counter", "updown", "state"}, kinds.keys()
    assert kinds["state"]["value"] in ("low", "high")
    assert all(row["device"] == "test-device" for row in rows)

    table = list(csv.DictReader(io.StringIO(world.godwit("latest", "test", "-o", "csv").stdout)))
    assert [row["series"] for row in table] == [row["series"] for row in rows]
    lines = world.godwit("latest", "test", "system.memory.*").stdout.splitlines()
    assert lines[0].split() == ["SERIES", "VALUE", "UNIT", "AGE"], lines[0]
    assert len(lines) == 7 and all(line.startswith("system.memory.") for line in lines[1:])

    listed = world.godwit("device", "ls").stdout.splitlines()
    assert listed[0].startswith("NAME") and "test-device" in listed[1]


def check_selection(world):
    one = world.godwit("export", "-d", "test", "system.cpu.time{cpu.mode=user}").stdout
    rows = [json.loads(line) for line in one.splitlines()]
    assert rows and all(row["attributes"] == {"cpu.mode": "user"} for row in rows)
    times = [row["time_unix_ns"] for row in rows]
    assert times == sorted(times)
    assert world.godwit("export", "-d", "test", "no.such.*").stdout == ""
    assert world.godwit("export", "-d", "test", "--since", "0s").stdout == ""


def check_change(world):
    """A value that changes is seen to change."""
    def latest():
        return world.godwit("latest", "test", "godwit.pattern.sine", "-o", "jsonl").stdout
    first = latest()
    wait_until(lambda: latest() != first, 15, "the sine moves")


def check_restart(world, collector, agent):
    """A collector that is stopped answers its streams and ends; the agent goes on with the next one."""
    begin = time.monotonic()
    assert collector.stop() == 0
    assert time.monotonic() - begin < 4, "streams under way are answered, not waited for"
    collector.start()
    wait_until(lambda: world.device() is not None, 10, "the store is open again")
    before = world.device()["records"]
    wait_until(lambda: world.device()["records"] > before, 20, "records arrive again")
    assert agent.running()


def check_errors(world):
    def fails(code, words, *arguments, collector=None):
        result = world.godwit(*arguments, check=False, collector=collector)
        assert result.returncode == code, (arguments, result)
        assert words in result.stderr, (arguments, result.stderr)
        assert result.stdout == "", result.stdout

    fails(1, "no device's name or id begins with 'nobody'; see: godwit device ls",
          "latest", "nobody")
    fails(64, "is neither a duration", "export", "-d", "test", "--since", "5")
    fails(64, "-d", "export")
    fails(64, "'far' is not an address", "device", "ls", collector="far")
    fails(64, "on another machine", "device", "ls", collector="192.0.2.1:7444")
    with socket.socket() as unused:  # bound, not listening: refuses
        unused.bind(("127.0.0.1", 0))
        fails(69, "no collector answers at", "device", "ls",
              collector=f"127.0.0.1:{unused.getsockname()[1]}")


def check_refusals(world):
    """Programs that cannot do what was asked say so and exit with the documented code."""
    def refuses(name, config, code, words):
        process = world.process(name, ["run", "--config", world.write("bad.toml", config)])
        process.start()
        assert process.process.wait(timeout=10) == code, process.log.read_text()
        assert words in process.log.read_text(), process.log.read_text()
        process.log.unlink()

    state = f'[agent]\nid = "x"\nstate = "{world.folder}/other"\n'
    refuses("godwit-agent", "[agent]\nnmae = \"x\"\n", 78, "bad.toml:2:1: error: unknown key 'nmae' in [agent]")
    refuses("godwit-agent", state + '[upload]\nendpoint = "192.0.2.1:7443"\n', 78,
            "upload.insecure = true")
    refuses("godwit-agent", state + f'[spool]\npath = "{world.folder}/agent/spool"\n', 69,
            "another process holds it")
    refuses("godwit-agent", state + "[[sensors.system]]\n[[sensors.system]]\n", 78,
            "sensor system/system occurs twice")
    refuses("godwit-collector", '[listen]\ndevices = "0.0.0.0:7443"\n'
            f'[store]\npath = "{world.folder}/s2"\n', 78, "listen.insecure = true")
    refuses("godwit-collector", f'[listen]\ndevices = "127.0.0.1:{world.devices_port}"\n'
            f'[store]\npath = "{world.folder}/s3"\n', 69, "is another collector running?")
    refuses("godwit-collector", f'[tls]\ncertificate = "/none.pem"\nkey = "/none.key"\n'
            f'[store]\npath = "{world.folder}/s4"\n', 78, "open /none.pem")
    refuses("godwit-collector", f'[store]\npath = "{world.folder}/store"\n', 69,
            "another process holds it")


def check_gaps(world, agent):
    """Nothing is missing, and then what a killed agent had not sealed."""
    assert world.godwit("gaps", "test").stdout == "nothing is missing\n"
    assert world.gaps() == []
    records = world.device()["records"]
    agent.kill()
    agent.start()
    wait_until(lambda: world.device()["records"] > records + 1, 20, "it goes on")
    rows = world.gaps()
    assert rows and all(row["kind"] == "ticks" and row["reason"] == "cut off" and row["ticks"] > 0
                        for row in rows), rows
    table = world.godwit("gaps", "test").stdout.splitlines()
    assert table[0].split() == ["AFTER", "BEFORE", "MISSING", "REASON", "OF"], table
    assert len(table) == len(rows) + 1, table
    lines = list(csv.DictReader(io.StringIO(world.godwit("gaps", "test", "-o", "csv").stdout)))
    assert [line["ticks"] for line in lines] == [str(row["ticks"]) for row in rows], lines


def main():
    with World() as world:
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(SENSORS).start()
        wait_until(lambda: (world.device() or {}).get("records", 0) >= 2, 20, "records arrive")
        check_formats(world)
        check_selection(world)
        check_change(world)
        check_refusals(world)
        check_gaps(world, agent)
        check_restart(world, collector, agent)
        assert agent.stop() == 0
        assert collector.stop() == 0
        collector.start()
        wait_until(lambda: world.device() is not None, 10, "the store is open again")
        check_errors(world)


main()
