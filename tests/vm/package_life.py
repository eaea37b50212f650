"""usage: package_life.py ARCH ROOT BUILD

What becomes of the agent's Debian package on a machine with systemd: installed without settings, upgraded,
downgraded, run with a sensor of every type in its sandbox, removed, purged (package_life.sh, which the machine
runs). BUILD is the folder that made the package: the next version is packed from the same program. From its sandbox
the agent reports what the kernel says of the clock, which no program synchronises until a step does.

With the shipped settings and a collector, what it costs is read from the kernel (but not processor time, where the
machine is emulated). While it runs with every sensor, the collector on this machine is asked how each of them fares.
"""

import json
import pathlib
import re
import subprocess
import sys
import tempfile
import time

sys.path.append(str(pathlib.Path(__file__).parent.parent / "system"))

from authority import Authority
from harness import World, wait_until
from machine import HOST, Machine

STEP_S = {"amd64": 480, "arm64": 900}  # a limit for what hangs: an emulator is slow on a busy host
EXPOSURE_MAX = 1.8

UPLOAD = """
[agent]
id = "device"
name = "device"
[upload]
endpoint = "{endpoint}"
[tls]
ca = "/etc/godwit/ca.pem"
"""
EVERYTHING = """
[agent]
id = "device"
name = "device"
interval = "1s"
[batch]
period = "2s"
[upload]
endpoint = "{endpoint}"
stream_period = "2s"
[tls]
ca = "/etc/godwit/ca.pem"
[[sensors.system]]
[[sensors.agent]]
[[sensors.thermal]]
[[sensors.hwmon]]
[[sensors.power]]
[[sensors.wear]]
[[sensors.file]]
path = "/sys/class/net/lo/mtu"
metric = "lo.mtu"
[[sensors.exec]]
command = ["/bin/sh", "-c", "echo users $(ls /home | wc -l)"]
[[sensors.statsd]]
listen = "127.0.0.1:8125"
[[sensors.replay]]
path = "/etc/godwit/recording.csv"
[[sensors.pattern]]
series = 3
"""


def packed(build, version, folder):
    """The agent's package as another version."""
    out = folder / version
    out.mkdir()
    subprocess.run(["cpack", "--config", build / "CPackConfig.cmake", "-B", out,
                    "-D", f"CPACK_OUTPUT_FILE_PREFIX={out}", "-D", f"CPACK_PACKAGE_VERSION={version}"],
                   check=True, capture_output=True, cwd=out)
    return next(out.glob("godwit-agent_*.deb"))


def shown(world):
    answer = world.godwit("device", "show", "device", "-o", "json", check=False)
    return json.loads(answer.stdout) if answer.returncode == 0 else {"sensors": []}


def sensors_of(world):
    return {each["name"]: each for each in shown(world)["sensors"]}


def clock_is(world, source, synchronised):
    def it_is():
        answer = shown(world)
        return (answer.get("wall_source"), answer.get("wall_synchronised")) == (source, synchronised)

    wait_until(it_is, 40, f"in its sandbox the agent reports {source} as the source of its time")
    print(f"clock: {source}", flush=True)


def check_sensors(world, arch):
    expected = {f"{name}/{name}" for name in re.findall(r"^\[\[sensors\.(\w+)\]\]", EVERYTHING, re.M)}

    # A virtual machine has no battery and no eMMC, and their sensors say so.
    def is_sound(sensor):
        return sensor["state"] == "good" or sensor["error"].startswith("this machine has no ")

    def all_are_sound():
        sensors = sensors_of(world)
        return set(sensors) == expected and all(map(is_sound, sensors.values()))

    try:
        wait_until(all_are_sound, 50, "every sensor is good, or its hardware is not there")
    finally:
        for name, sensor in sensors_of(world).items():
            print(f"  {name}: {sensor['state']}, {sensor['series']} series {sensor['error']}")
    stubbed = ("hw.temperature",) if arch == "amd64" else ()  # arm64's kernel has no stubbed bus
    for series in ("lo.mtu", "users", "door.opened", "godwit.pattern.count", *stubbed):
        wait_until(lambda: world.export(series, device="device"), 30, f"{series} is stored")
    # Its unit's mounts are read-only, the machine's are not.
    latest = world.godwit("latest", "device", "system.filesystem.limit").stdout
    assert "system.filesystem.mode=rw,system.filesystem.mountpoint=/," in latest, latest


def cost(said):
    numbers = {name: int(number) for name, number in
               re.findall(r"(\w+): (\d+)", re.search("STEP costs (.*)", said)[1])}
    return (f"{numbers['VmRSS'] / 1024:.1f} MiB resident, {numbers['RssAnon'] / 1024:.1f} MiB of it anonymous; "
            f"{numbers['Threads']} threads; {numbers['Wakes'] / numbers['Seconds']:.2f} wake-ups a second")


def main():
    arch, root, build = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    here = pathlib.Path(__file__).parent
    with World() as world, tempfile.TemporaryDirectory(prefix="godwit-life-") as name:
        folder = pathlib.Path(name)
        Authority(world.folder, "ca").certificate("collector", f"IP:{HOST}")
        collector = world.collector(f'[tls]\ncertificate = "{world.folder}/collector.pem"\n'
                                    f'key = "{world.folder}/collector.key"').start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        device = Machine(arch, root, folder, changing=True)
        endpoint = f"{HOST}:{world.devices_port}"
        device.give({
            "agent.toml": '[[sensors.system]]\n',
            "steps.sh": here / "package_life.sh", "ca.pem": world.folder / "ca.pem",
            "upload.toml": UPLOAD.format(endpoint=endpoint), "everything.toml": EVERYTHING.format(endpoint=endpoint),
            "recording.csv": "flow\n" + "\n".join(map(str, range(1, 500))) + "\n",
            "new-machine.deb": packed(build, "0.1.0", folder), "next.deb": packed(build, "0.1.1", folder)})
        begin = time.monotonic()
        device.start(logged=False)
        try:
            for step in ("purged", "installed without an endpoint", "upgraded", "downgraded", "costs", "exposed"):
                device.wait_for(f"STEP {step}", STEP_S[arch], unless="STEP FAILED")
                print(f"{step}: after {time.monotonic() - begin:.0f} s", flush=True)
            print(f"the shipped settings cost {cost(device.said())}")
            level = float(re.search(r"STEP exposed ([\d.]+)", device.said())[1])
            print(f"exposure of the unit with what every sensor needs: {level}")
            assert level <= EXPOSURE_MAX, level
            clock_is(world, "none", False)
            check_sensors(world, arch)
            device.wait_for("STEP clock synchronised", STEP_S[arch], unless="STEP FAILED")
            clock_is(world, "kernel", True)
            device.wait_for("STEP over", STEP_S[arch], unless="STEP FAILED")
            print(f"{arch}: installed, upgraded, downgraded, every sensor read in its sandbox, purged")
        finally:
            device.cut()


main()
