"""The agent is one file: in a root that has nothing but it, its settings and /proc, it samples, spools,
and uploads to a collector by TLS, whose certificate names an address."""

import os
import pathlib
import shutil
import subprocess
import sys

from authority import Authority
from harness import BIN, World, wait_until

SKIPPED = 77


def main():
    if os.geteuid() != 0:
        print("skipped: only root can change its root")
        sys.exit(SKIPPED)
    with World() as world:
        authority = Authority(world.folder, "ca")
        authority.certificate("collector", "IP:127.0.0.1")
        collector = world.collector(f'[tls]\ncertificate = "{world.folder}/collector.pem"\n'
                                    f'key = "{world.folder}/collector.key"').start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        root = pathlib.Path(world.folder) / "root"
        for folder in ("proc", "sys"):
            (root / folder).mkdir(parents=True)
        shutil.copy(BIN / "godwit-agent", root / "agent")
        shutil.copy(world.folder / "ca.pem", root / "ca.pem")
        (root / "agent.toml").write_text(f"""
[agent]
id = "alone"
name = "alone"
state = "/state"
interval = "1s"
[batch]
period = "1s"
[upload]
endpoint = "{world.listen_devices}"
stream_period = "1s"
[tls]
ca = "/ca.pem"
[[sensors.system]]
[[sensors.thermal]]
[[sensors.pattern]]
series = 3
""")
        subprocess.run(["mount", "-t", "proc", "proc", root / "proc"], check=True)
        try:
            agent = subprocess.Popen(["chroot", root, "/agent", "run", "--config", "/agent.toml"],
                                     stderr=subprocess.PIPE)
            try:
                wait_until(lambda: "system.memory.usage" in world.godwit(
                    "series", "ls", "-d", "alone", check=False).stdout, 30, "values have come")
            finally:
                agent.terminate()
                said = agent.communicate(timeout=20)[1].decode()
            assert agent.returncode == 0, said
        finally:
            subprocess.run(["umount", root / "proc"], check=True)


main()
