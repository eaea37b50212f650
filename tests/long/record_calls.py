"""Records what an agent and a collector of the earlier version say to each other, call by call, into
tests/golden/calls-0.1: the input of the tests that this version still understands both. The program
needs python3-hpack, and is run by hand; the files are kept.

A file NN-METHOD.request or NN-METHOD.response has the messages of one call in one direction as they
are on the wire: one byte 0, four bytes length (big-endian), the message."""

import collections
import socket
import struct
import sys
import threading
import time

import hpack

from earlier import SOURCE, build_earlier

sys.path.insert(0, str(SOURCE / "tests" / "system"))
from harness import World, wait_until  # noqa: E402

TARGET = SOURCE / "tests" / "golden" / "calls-0.1"
PREFACE = len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
DATA, HEADERS, CONTINUATION = 0, 1, 9
PADDED, PRIORITY = 0x8, 0x20
SENSORS = """
[[sensors.pattern]]
series = 3
interval = "500ms"
"""
REMOTE = """
[remote]
commands = ["ping", "read", "logs"]
config = { enabled = true, confirm = "20s" }
"""


class Tap:
    """A relay on loopback that keeps what goes through, connection by connection."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.connections = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port))
            except OSError:  # the collector is away
                client.close()
                continue
            up, down = bytearray(), bytearray()
            self.connections.append((up, down))
            for source, sink, kept in ((client, server, up), (server, client, down)):
                threading.Thread(target=self._copy, args=(source, sink, kept), daemon=True).start()

    @staticmethod
    def _copy(source, sink, kept):
        try:
            while data := source.recv(65536):
                kept += data
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            sink.close()


def frames(data):
    """(type, stream, payload without padding) of each whole frame."""
    at = 0
    while at + 9 <= len(data):
        length = int.from_bytes(data[at:at + 3], "big")
        kind, flags = data[at + 3], data[at + 4]
        stream = struct.unpack(">I", data[at + 5:at + 9])[0] & 0x7FFFFFFF
        payload = bytes(data[at + 9:at + 9 + length])
        at += 9 + length
        if kind in (DATA, HEADERS) and flags & PADDED:
            payload = payload[1:len(payload) - payload[0]]
        if kind == HEADERS and flags & PRIORITY:
            payload = payload[5:]
        yield kind, stream, payload


def messages_by_stream(data):
    """The bytes of the messages of each stream, and its path if a header block says one."""
    decoder = hpack.Decoder()
    bodies, paths = collections.defaultdict(bytes), {}
    for kind, stream, payload in frames(data):
        assert kind != CONTINUATION, "no header block of these programs needs a second frame"
        if kind == DATA:
            bodies[stream] += payload
        elif kind == HEADERS:
            headers = dict(decoder.decode(payload))
            if ":path" in headers:
                paths[stream] = headers[":path"]
    return bodies, paths


def drive():
    """Every kind of call of a device, once at least."""
    with World() as world:
        world.bin_folder = build_earlier()
        tap = Tap(world.devices_port)
        collector = world.collector().start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(SENSORS, endpoint=f"127.0.0.1:{tap.port}", extra=REMOTE).start()
        records = lambda: (world.device() or {}).get("records", 0)
        wait_until(lambda: records() >= 2, 20, "records arrive")
        world.godwit("command", "send", "test", "ping")
        world.godwit("logs", "test")
        pushed = world.write("pushed.toml", '[[sensors.pattern]]\nname = "more"\nseries = 1\n')
        world.godwit("config", "push", pushed, "-d", "test")
        before = records()
        wait_until(lambda: records() > before + 1, 20, "records arrive under the configuration")
        before = records()
        collector.kill()
        time.sleep(5)  # two batches wait
        collector.start()
        wait_until(lambda: records() > before + 2, 20, "the backlog arrives")
        assert agent.stop() == 0
        assert collector.stop() == 0
        return tap.connections


def main():
    connections = drive()
    TARGET.mkdir(parents=True, exist_ok=True)
    for old in TARGET.glob("*.re*"):
        old.unlink()
    number = 0
    for up, down in connections:
        requests, paths = messages_by_stream(up[PREFACE:])
        responses, _ = messages_by_stream(down)
        for stream in sorted(paths):
            number += 1
            name = f"{number:02}-{paths[stream].rpartition('/')[2]}"
            (TARGET / f"{name}.request").write_bytes(requests[stream])
            (TARGET / f"{name}.response").write_bytes(responses[stream])
    print(f"{number} calls on {len(connections)} connections")


main()
