"""gRPC 1.51 keeps the headers of a request without a bound while CONTINUATION frames come. Under a memory
limit that costs the collector its process and nobody else anything: the device beside it keeps what was
not acknowledged, and nothing is missing after the restart. With `tls.ca` a stranger does not get as far
as one frame of HTTP/2."""

import os
import pathlib
import resource
import socket
import ssl
import time

from authority import Authority, tls
from harness import World, wait_until

MIB = 1 << 20
MEMORY_MAX = 160 * MIB
STRANGERS_BYTES_MAX = 4 * MIB  # what kernels hold on the way
SENSORS = '[[sensors.pattern]]\ninterval = "200ms"\n'

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
HEADERS, CONTINUATION = 1, 9
FRAME_BYTES = 16384


def frame(kind, payload):
    """On stream 1, without END_HEADERS: more follows."""
    return len(payload).to_bytes(3, "big") + bytes([kind, 0]) + (1).to_bytes(4, "big") + payload


def one_header():
    """A field that fills a frame: not indexed, its name new (RFC 7541, 6.2.2)."""
    value = b"x" * (FRAME_BYTES - 8)
    left = len(value) - 127
    length = bytes([127, left & 127 | 128, left >> 7])
    return b"\0\1a" + length + value


def attack(connection, most):
    """Sends headers without end; returns how many bytes the other side took before it had enough."""
    sent = connection.send(PREFACE)
    block = frame(HEADERS, one_header()) + frame(CONTINUATION, one_header()) * 15
    more = frame(CONTINUATION, one_header()) * 16
    try:
        while sent < most:
            connection.sendall(block)
            sent += len(block)
            block = more
    except OSError:
        pass
    return sent


class MemoryLimit:
    """Of a process: a cgroup below our own one where the machine allows it, else its address space."""

    def __init__(self, pid):
        self.group = None
        for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers not in ("memory", ""):
                continue
            own = pathlib.Path("/sys/fs/cgroup") / controllers / path.lstrip("/")
            limit = "memory.limit_in_bytes" if controllers else "memory.max"
            if self.enter(own / f"godwit-test-{os.getpid()}", limit, pid):
                return
        status = pathlib.Path(f"/proc/{pid}/status").read_text()
        size = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmSize"))
        most = size * 1024 + MEMORY_MAX
        resource.prlimit(pid, resource.RLIMIT_AS, (most, most))

    def enter(self, group, limit, pid):
        try:
            group.mkdir()
        except OSError:
            return False
        try:
            if not (group / limit).exists():
                raise OSError("no memory controller")
            (group / limit).write_text(str(MEMORY_MAX))
            (group / "cgroup.procs").write_text(str(pid))
        except OSError:
            group.rmdir()
            return False
        self.group = group
        return True

    def __str__(self):
        return "a cgroup" if self.group else "a limit of its address space"

    def remove(self):
        if self.group:
            self.group.rmdir()


def resident(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def device_loses_nothing(world):
    collector = world.collector().start()
    wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
    agent = world.agent(SENSORS, period="1s", stream_period="1s").start()
    wait_until(lambda: (world.device() or {}).get("records", 0) > 1, 15, "records are stored")
    limit = MemoryLimit(collector.process.pid)
    try:
        started = time.monotonic()
        with socket.create_connection(("127.0.0.1", world.devices_port), 5) as connection:
            sent = attack(connection, 100 * MEMORY_MAX)
        code = collector.process.wait(timeout=10)
    finally:
        if collector.running():
            collector.kill()
        limit.remove()
    print(f"under {limit} of {MEMORY_MAX // MIB} MiB the collector ended ({code}) after {sent // MIB} MiB "
          f"of one connection, {time.monotonic() - started:.1f} s")
    assert code != 0
    time.sleep(1.5)  # what is sampled meanwhile waits
    collector.start()
    wait_until(lambda: (world.device() or {}).get("records", 0) > 4, 20, "the device is back")
    agent.stop()
    times = sorted(time for time, _ in next(iter(world.export().values())))
    steps = {round((later - earlier) * 1000) for earlier, later in zip(times, times[1:])}
    assert steps == {200}, f"ticks are missing, or twice: {steps}"
    assert world.gaps() == [], world.gaps()
    collector.stop()


def no_frame_without_a_certificate(world):
    folder = world.folder
    ca = Authority(folder, "ca")
    ca.certificate("collector", "IP:127.0.0.1")
    collector = world.collector(tls(folder, "ca", "collector"))
    collector.log.write_text("")
    collector.start()
    wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
    before = resident(collector.process)
    trust = ssl.create_default_context(cafile=folder / "ca.pem")
    trust.check_hostname = False
    trust.set_alpn_protocols(["h2"])
    answer, sent = b"", 0
    with socket.create_connection(("127.0.0.1", world.devices_port), 5) as connection:
        try:
            with trust.wrap_socket(connection) as stranger:
                sent = attack(stranger, 64 * MIB)
                answer = stranger.recv(1)
        except OSError as refusal:
            print(f"a stranger without a certificate: {refusal}")
    grown = resident(collector.process) - before
    print(f"{sent} bytes left the stranger, the collector grew by {grown // 1024} KiB")
    assert answer == b"", "a frame came back"
    assert sent < STRANGERS_BYTES_MAX, sent
    assert grown < STRANGERS_BYTES_MAX, grown
    assert collector.running()


def main():
    with World() as world:
        device_loses_nothing(world)
        no_frame_without_a_certificate(world)


main()
