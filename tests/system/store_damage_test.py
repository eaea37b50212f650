"""A store that is taken away or damaged ends no collector: it says so, answers what it can, refuses
what is new, and devices keep their data until it is mended. `store verify` says what is damaged."""

import json
import shutil
import sqlite3
import subprocess

from harness import BIN, World, wait_until

SENSOR = """
[[sensors.pattern]]
series = 3
shape = "count"
interval = "200ms"
"""


def status(world):
    return json.loads(world.godwit("status", "-o", "json").stdout)


def answers(world):
    return world.godwit("status", check=False).returncode == 0


def verify(folder):
    return subprocess.run([str(BIN / "godwit-collector"), "store", "--path", str(folder), "verify"],
                          capture_output=True, text=True)


def a_deleted_log_is_noticed(world, collector):
    (world.folder / "store/godwit.db-wal").unlink()
    assert answers(world)
    wait_until(lambda: status(world)["store_problem"], 20, "it notices")
    assert "godwit.db-wal was moved, deleted or replaced" in status(world)["store_problem"]
    code, text = world.health()
    assert code == 503 and "godwit.db-wal" in text, (code, text)
    before = world.device()["records"]
    assert before > 0
    assert world.godwit("command", "send", "test", "ping", check=False).returncode != 0
    assert world.device()["records"] == before, "something was stored nowhere"
    assert collector.running() and collector.stop() == 0
    collector.start()
    wait_until(lambda: answers(world) and world.device()["records"] > before, 20,
               "the device sends what it kept")
    assert world.health() == (200, "ok\n")


def a_missing_table_is_served(world, collector):
    path = world.folder / "store/godwit.db"
    sound = world.folder / "sound.db"
    shutil.copy(path, sound)
    with sqlite3.connect(path) as store:
        store.execute("DROP TABLE alert")
    store.close()
    found = verify(path.parent)
    assert found.returncode == 1 and "table alert is missing" in found.stdout, found
    collector.start()
    wait_until(lambda: answers(world), 20, "it starts")
    assert "table alert is missing" in status(world)["store_problem"]
    assert world.health()[0] == 503
    device = world.device()
    assert "unreadable" in device["alerts"], device
    assert len(world.export()) == 3
    assert collector.stop() == 0
    shutil.copy(sound, path)
    for suffix in ("-wal", "-shm"):
        (world.folder / f"store/godwit.db{suffix}").unlink(missing_ok=True)
    collector.start()
    wait_until(lambda: answers(world), 20, "it starts")
    assert status(world)["store_problem"] == ""


def what_is_no_store_is_refused(world):
    folder = world.folder / "other"
    folder.mkdir()
    (folder / "godwit.db").write_bytes(b"x" * 8192)
    found = verify(folder)
    assert found.returncode == 74 and "not a database" in found.stderr, found
    (folder / "godwit.db").unlink()
    shutil.copy(world.folder / "sound.db", folder / "godwit.db")
    with sqlite3.connect(folder / "godwit.db") as store:
        store.execute("PRAGMA writable_schema=ON")
        store.execute("UPDATE sqlite_schema SET sql = 'CREATE TABLE record (' WHERE name = 'record'")
    store.close()
    found = verify(folder)
    assert found.returncode == 74 and "malformed" in found.stderr, found


def main():
    with World() as world:
        collector = world.collector().start()
        agent = world.agent(SENSOR, period="1s", stream_period="1s").start()
        wait_until(lambda: (world.device() or {}).get("records", 0) > 1, 30, "records arrive")
        a_deleted_log_is_noticed(world, collector)
        assert agent.stop() == 0
        assert collector.stop() == 0
        a_missing_table_is_served(world, collector)
        assert collector.stop() == 0
        what_is_no_store_is_refused(world)
        assert verify(world.folder / "store").returncode == 0
    print("a store that is damaged or taken away ended nothing")


if __name__ == "__main__":
    main()
