"""On a system of BusyBox alone, without systemd: the shipped script starts the agent, starts it again when it dies,
has it read its settings again, and ends it. The agent runs as root only where there is no user of its own."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from harness import BIN, wait_until

SKIPPED = 77
BUSYBOX = pathlib.Path("/bin/busybox")
SCRIPT = pathlib.Path(os.environ["GODWIT_SOURCE"]) / "packaging/init/godwit-agent"
ACCOUNT = 950
PASSWORDS = f"root:x:0:0:root:/:/bin/sh\ngodwit:x:{ACCOUNT}:{ACCOUNT}::/var/lib/godwit:/bin/false\n"
SETTINGS = """
[agent]
id = "alone"
interval = "1s"
[batch]
period = "1s"
[[sensors.system]]
include = ["memory"]
"""


class Root:
    def __init__(self, folder):
        self.path = folder
        self.ends = contextlib.ExitStack()
        for name in ("bin", "usr/bin", "etc/init.d", "etc/godwit", "proc", "dev", "var/run", "var/log", "var/lib", "tmp"):
            (folder / name).mkdir(parents=True)
        shutil.copy(BUSYBOX, folder / "bin/busybox")
        subprocess.run([shutil.which("chroot"), folder, "/bin/busybox", "--install", "-s", "/bin"], check=True)
        shutil.copy(BIN / "godwit-agent", folder / "usr/bin")
        shutil.copy(SCRIPT, folder / "etc/init.d/S60godwit-agent")
        (folder / "etc/godwit/agent.toml").write_text(SETTINGS)
        (folder / "etc/passwd").write_text(PASSWORDS)

    def mount(self, kind):
        name = {"proc": "proc", "tmpfs": "dev"}[kind]
        subprocess.run(["mount", "-t", kind, kind, self.path / name], check=True)
        self.ends.callback(subprocess.run, ["umount", "-l", self.path / name], check=False)

    def __enter__(self):
        with self.ends:  # undone at once if anything fails
            self.mount("proc")
            self.mount("tmpfs")
            subprocess.run(["mknod", self.path / "dev/null", "c", "1", "3"], check=True)
            # What a system of its own has running: who takes log lines.
            self.ends.callback(self.end_programs)
            assert self.sh("syslogd -O /var/log/messages").returncode == 0
            self.ends = self.ends.pop_all()
        return self

    def __exit__(self, *_):
        self.ends.close()

    def end_programs(self):
        """All whose root this is."""
        self.script("stop")
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if os.readlink(entry / "root") == str(self.path):
                    os.kill(int(entry.name), 9)

    def sh(self, line):
        """Not captured: what it starts would hold the pipe open."""
        return subprocess.run([shutil.which("chroot"), self.path, "/bin/sh", "-c", line],
                              env={"PATH": "/bin:/usr/bin"}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, timeout=30)

    def script(self, verb):
        return self.sh(f"/etc/init.d/S60godwit-agent {verb}")

    def agents(self):
        """The process ids of this root's agents; the spawner of one is its child."""
        found = []
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if os.readlink(entry / "exe") == str(self.path / "usr/bin/godwit-agent"):
                    found.append(int(entry.name))
            except OSError:
                pass
        return sorted(found)

    def users(self):
        return {pathlib.Path(f"/proc/{agent}").stat().st_uid for agent in self.agents()}

    def said(self, text, times=1):
        log = self.path / "var/log/messages"
        return log.exists() and log.read_text(errors="replace").count(text) >= times


def main():
    if os.geteuid() != 0 or not BUSYBOX.exists():
        print("skipped: only root can change its root, and it takes busybox-static")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory(prefix="godwit-busybox-") as name, Root(pathlib.Path(name) / "root") as root:
        assert root.script("status").returncode == 3
        assert root.script("start").returncode == 0
        wait_until(lambda: root.script("status").returncode == 0, 10, "the script says that it runs")
        spool = root.path / "var/lib/godwit/spool"
        wait_until(lambda: spool.exists() and any(spool.iterdir()), 15, "it writes its spool")
        assert oct((root.path / "var/lib/godwit").stat().st_mode)[-3:] == "700"
        wait_until(lambda: root.said("no upload.endpoint is set"), 10, "syslog has what it says")

        assert root.users() == {ACCOUNT}, root.users()
        assert not root.said("it runs as root")

        first = root.agents()
        assert root.script("start").returncode == 0 and root.agents() == first, "a second start starts nothing"
        os.kill(first[0], 9)
        wait_until(lambda: (now := root.agents()) and set(first).isdisjoint(now), 15, "it starts again by itself")
        # A reload ends an agent that does not listen for signals yet, which it does right behind that line.
        wait_until(lambda: root.said("no upload.endpoint is set", times=2), 10, "the new one is up")
        time.sleep(0.5)

        settings = root.path / "etc/godwit/agent.toml"
        settings.write_text(SETTINGS.replace('"memory"', '"memory", "load"'))
        again = root.agents()[0]
        assert root.script("reload").returncode == 0
        wait_until(lambda: root.said("settings"), 10, "it says that it read its settings again")
        assert root.agents()[0] == again, "a reload is no restart"

        assert root.script("stop").returncode == 0
        wait_until(lambda: not root.agents(), 15, "it has ended")
        assert root.script("status").returncode == 3
        assert root.said("stopped"), "it was asked to end, and not killed"

        # Without a user of its own it runs all the same, and says so.
        (root.path / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")
        shutil.rmtree(root.path / "var/lib/godwit")
        assert root.script("start").returncode == 0
        wait_until(lambda: spool.exists() and any(spool.iterdir()), 15, "it writes its spool as root")
        assert root.users() == {0} and root.said("it runs as root")


main()
