"""Commands run by root do not take files away from the service: what only looks makes nothing, and what writes
works as the user who owns the folder, or refuses and says what to type.
"""

import os
import pathlib
import stat
import subprocess

from harness import BIN, World, wait_until

SKIPPED = 77  # as tests/CMakeLists.txt tells ctest
SERVICE = 65534  # any user who is not root; this machine may or may not have a name for it
REFUSED = 77
SENSORS = '[[sensors.pattern]]\nseries = 2\ninterval = "1s"\n'


def snapshot(folder):
    """All there is beneath a folder: names, owners, modes, sizes and times."""
    found = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        facts = path.lstat()
        found[str(path)] = (facts.st_uid, facts.st_gid, stat.filemode(facts.st_mode), facts.st_size, facts.st_mtime_ns)
    return found


def owners(folder):
    return {path.lstat().st_uid for path in [pathlib.Path(folder), *pathlib.Path(folder).rglob("*")]}


def give(folder, user=SERVICE):
    folder.mkdir(parents=True, exist_ok=True)
    os.chown(folder, user, user)
    return folder


def run(program, *arguments, before=(), **options):
    return subprocess.run([*before, str(BIN / program), *arguments], capture_output=True, text=True, timeout=60,
                          check=False, stdin=subprocess.DEVNULL, **options)


class Device:
    """An agent's settings, with folders where the test wants them."""

    def __init__(self, world, name, state, device="test", spool=None, endpoint=""):
        self.config = world.write(f"{name}.toml", f"""
[agent]
id = "{device}"
name = "{device}"
state = "{state}"
{f'[spool]{chr(10)}path = "{spool}"' if spool else ''}
{f'[upload]{chr(10)}endpoint = "{endpoint}"' if endpoint else ''}
{SENSORS}
""")

    def __call__(self, *arguments, **options):
        return run("godwit-agent", *arguments, "--config", self.config, **options)


INSPECTIONS = [("doctor",), ("test",), ("config", "check"), ("config", "show"), ("config", "sandbox"), ("remote", "explain"),
         ("spool", "stat"), ("spool", "verify"), ("spool", "cat")]


def inspecting_makes_nothing(world):
    folder = give(world.folder / "looked")
    device = Device(world, "looked", folder / "deeper" / "state")
    for made in (False, True):
        if made:
            assert device("once").returncode == 0
        before = snapshot(folder)
        for command in INSPECTIONS:
            result = device(*command)
            assert made or command[0] == "spool" or result.returncode == 0, (command, result)
            assert not made or result.returncode == 0, (command, result)
            assert snapshot(folder) == before, command


def once_works_as_the_owner(world):
    """Of the folder, or of the nearest parent that exists; the service then goes on with what it finds."""
    for name, state in (("there", give(world.folder / "there")), ("parent", give(world.folder / "home") / "a" / "b")):
        device = Device(world, name, state)
        assert device("once").returncode == 0
        assert (state / "spool").exists() and owners(state) == {SERVICE}, (name, owners(state))
        assert device("doctor").returncode == 0
        again = device("once", user=SERVICE, group=SERVICE, extra_groups=[])
        assert again.returncode == 0, again


def adopting_works_as_the_owner(world):
    state = give(world.folder / "adopted")
    assert Device(world, "other", state, device="other")("once").returncode == 0
    device = Device(world, "adopter", state)
    adopted = device("spool", "adopt", "other")
    assert adopted.returncode == 0, adopted
    assert owners(state) == {SERVICE}
    dropped = device("spool", "drop", "nobody-was-here")
    assert owners(state) == {SERVICE}, dropped


def doctor_finds_what_the_service_cannot_write(world):
    state = give(world.folder / "sick")
    device = Device(world, "sick", state)
    assert device("once").returncode == 0
    segment = next((state / "spool").glob("*-*"))
    os.chown(segment, 0, 0)
    result = device("doctor")
    assert result.returncode == 1, result
    assert "BAD   spool" in result.stdout and str(segment) in result.stdout, result.stdout
    assert "cannot be read and written as" in result.stdout and "chown" in result.stdout, result.stdout
    os.chown(segment, SERVICE, SERVICE)
    assert device("doctor").returncode == 0

    # One who owns nothing of it hears so, too.
    stranger = device("doctor", user=SERVICE - 1, group=SERVICE - 1, extra_groups=[])
    assert stranger.returncode == 1 and "BAD   spool" in stranger.stdout, stranger


def what_cannot_become_the_owner_refuses(world):
    state = give(world.folder / "mixed")
    spool = give(world.folder / "mixed-spool", user=0)
    device = Device(world, "mixed", state, spool=spool)
    before = snapshot(world.folder)
    for command in (("once",), ("run",)):
        result = device(*command)
        assert result.returncode == REFUSED, result
        assert f"chown -R " in result.stderr and "sudo -u " in result.stderr, result.stderr
        assert f"godwit-agent {command[0]} --config {device.config}" in result.stderr, result.stderr
    assert device("doctor").returncode == 1
    assert snapshot(world.folder) == before

    # Root without the right to become another user.
    device = Device(world, "bound", give(world.folder / "bound"))
    before = snapshot(world.folder)
    bound = ["setpriv", "--bounding-set", "-setuid,-setgid", "--inh-caps", "-setuid,-setgid"]
    result = device("once", before=bound)
    assert result.returncode == REFUSED and "cannot become that user" in result.stderr, result
    assert "sudo -u " in result.stderr, result.stderr
    assert snapshot(world.folder) == before


def the_collector_works_as_the_owner(world):
    store = give(world.folder / "store")
    collector = world.collector().start()
    wait_until(lambda: collector.said("devices on"), 20, "the collector listens")
    assert owners(store) == {SERVICE}, owners(store)
    config = str(world.folder / "collector.toml")
    device = Device(world, "sender", give(world.folder / "sender"), endpoint=world.listen_devices)
    assert device("once").returncode == 0

    def offline(*command):
        result = run("godwit-collector", "store", *command, "--config", config)
        assert result.returncode == 0, (command, result)
        assert owners(store) == {SERVICE}, (command, owners(store))

    offline("verify")
    offline("backup", str(world.folder / "backup-beside"))
    collector.kill()  # leaves its write-ahead log
    offline("verify")
    names = set(snapshot(store))
    offline("verify")
    assert set(snapshot(store)) == names, "verifying makes nothing"
    offline("backup", str(world.folder / "backup"))
    assert owners(world.folder / "backup") == {SERVICE}
    offline("compact")

    os.chown(store / "godwit.db", 0, 0)
    refused = run("godwit-collector", "store", "compact", "--config", config)
    assert refused.returncode == REFUSED and "godwit-collector store compact" in refused.stderr, refused
    started = run("godwit-collector", "run", "--config", config)
    assert started.returncode == REFUSED and "chown -R " in started.stderr, started


def a_store_is_closed_to_others(world):
    """Whatever the umask, and one that was open is closed."""
    for umask, before in ((0o000, None), (0o077, None), (0o022, 0o666)):
        folder = world.folder / f"umask-{umask}"
        config = world.write(f"umask-{umask}.toml", f'[listen]\ndevices = "127.0.0.1:0"\noperators = "127.0.0.1:0"\n'
                             f'http = ""\n[store]\npath = "{folder}"\n')
        if before is not None:
            folder.mkdir()
            (folder / "godwit.db").touch()
            (folder / "godwit.db").chmod(before)
        old = os.umask(umask)
        try:
            collector = world.process("godwit-collector", ["run", "--config", config]).start()
        finally:
            os.umask(old)
        wait_until(lambda: len(list(folder.glob("godwit.db*"))) == 3, 10, "the store is open")
        modes = {path.name: stat.filemode(path.stat().st_mode) for path in folder.glob("godwit.db*")}
        assert set(modes.values()) == {"-rw-r-----"}, (oct(umask), modes)
        collector.stop()


def main():
    if os.geteuid() != 0:
        print("skipped: needs root")
        raise SystemExit(SKIPPED)
    with World() as world:
        world.folder.chmod(0o711)
        inspecting_makes_nothing(world)
        once_works_as_the_owner(world)
        adopting_works_as_the_owner(world)
        doctor_finds_what_the_service_cannot_write(world)
        what_cannot_become_the_owner_refuses(world)
        the_collector_works_as_the_owner(world)
        a_store_is_closed_to_others(world)
    print(f"{len(INSPECTIONS)} commands that look made nothing; those that write left every file with its owner")


main()
