"""Real processes for the system tests: agents, collectors, a proxy that loses and delays bytes.

Everything runs on loopback, in a folder of the test's own, and is ended with the test.
"""

import collections
import json
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

BIN = pathlib.Path(os.environ["GODWIT_BIN"])


def free_ports(count):
    """Different ones: the system may give a port that was closed again at once."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def free_port():
    return free_ports(1)[0]


def wait_until(condition, seconds, what):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"after {seconds} s still not: {what}")
        time.sleep(0.05)


def in_namespace(namespace):
    """In front of a command that is to run in a network namespace."""
    # `ip netns exec` becomes the command: a signal to it is one to the command.
    return ["ip", "netns", "exec", namespace] if namespace else []


class Process:
    """One of our binaries, its standard error in a log file."""

    def __init__(self, folder, name, arguments, namespace=None, log=None, bin_folder=BIN):
        self.log = folder / f"{log or name}.log"
        self.arguments = [*in_namespace(namespace), str(bin_folder / name), *arguments]
        self.process = None

    def start(self):
        assert not self.running()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.arguments, stderr=log, stdin=subprocess.DEVNULL)
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def kill(self):
        """SIGKILL: as a crash would. Returns the wall time at which it was dead."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        return time.time()

    def stop(self, seconds=15):
        """SIGTERM, and the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds)

    def said(self, text):
        return self.log.exists() and text in self.log.read_text()


class World:
    """A folder, a collector, an agent, the operator's command."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="godwit-test-"))
        self.devices_port, self.operators_port, self.http_port = free_ports(3)
        self.listen_devices = f"127.0.0.1:{self.devices_port}"
        self.namespaces = {}
        self.bin_folder = BIN
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        for process in self.processes:
            if process.running():
                process.kill()
        if kind is not None:
            for log in sorted(self.folder.glob("*.log")):
                print(f"--- {log.name}\n{log.read_text()[-6000:]}", file=sys.stderr)
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(text)
        return str(path)

    def run_in(self, collector, agent):
        """Network namespaces of the programs; the operator asks where the collector is."""
        self.namespaces = {"godwit-collector": collector, "godwit": collector,
                           "godwit-agent": agent}

    def process(self, name, arguments, log=None):
        process = Process(self.folder, name, arguments, self.namespaces.get(name), log,
                          self.bin_folder)
        self.processes.append(process)
        return process

    def collector(self, extra="", store=""):
        config = self.write("collector.toml", f"""
[listen]
devices = "{self.listen_devices}"
operators = "127.0.0.1:{self.operators_port}"
http = "127.0.0.1:{self.http_port}"
{extra}
[store]
path = "{self.folder}/store"
{store}
""")
        return self.process("godwit-collector", ["run", "--config", config])

    def agent(self, sensors, period="2s", endpoint=None, upload="", extra="",
              stream_period="3s", name="test"):
        """One device, called `name`."""
        endpoint = endpoint or self.listen_devices
        folder = "agent" if name == "test" else f"agent-{name}"
        config = self.write(f"{folder}.toml", f"""
[agent]
id = "{name}-device"
name = "{name}"
state = "{self.folder}/{folder}"
max_series = 20000
[batch]
period = "{period}"
[upload]
endpoint = "{endpoint}"
{f'stream_period = "{stream_period}"' if stream_period else ''}
{upload or 'backoff = { initial = "1s", max = "2s" }'}
{extra}
{sensors}
""")
        return self.process("godwit-agent", ["--log", "debug", "run", "--config", config],
                            log=f"godwit-{folder}")

    def godwit(self, *arguments, check=True, collector=None):
        collector = collector or f"127.0.0.1:{self.operators_port}"
        command = [*in_namespace(self.namespaces.get("godwit")), str(BIN / "godwit"), "--collector", collector, *arguments]
        return subprocess.run(command, check=check, capture_output=True, text=True)

    def device(self):
        """The one device, or None."""
        result = self.godwit("device", "ls", "-o", "json", check=False)
        rows = json.loads(result.stdout) if result.returncode == 0 else []
        return rows[0] if rows else None

    def health(self):
        """The status and the text of /healthz."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/healthz", timeout=5) as page:
                return page.status, page.read().decode()
        except urllib.error.HTTPError as refused:
            return refused.code, refused.read().decode()

    def gaps(self):
        return json.loads(self.godwit("gaps", "test", "-o", "json").stdout)

    def export(self, glob="*", device="test"):
        """Values and times by series, in the order of the export: {index: [(time_s, value)]}."""
        result = self.godwit("export", "-d", device, glob, "--since", "1h", "-o", "jsonl")
        series = collections.defaultdict(list)
        for line in result.stdout.splitlines():
            row = json.loads(line)
            assert set(row) == {"device", "series", "attributes", "unit", "kind", "time_unix_ns",
                                "value"}, row
            series[row["attributes"].get("index", row["series"])].append(
                (row["time_unix_ns"] / 1e9, row["value"]))
        return series


class Proxy:
    """Between agent and collector: forwards bytes, and on demand keeps back what the agent sends,
    breaks the agent's side, and hands the bytes to the collector later: a network that delivers
    packets long after the sender has given up."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.links = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(("127.0.0.1", self.target_port))
            except OSError:
                client.close()
                continue
            link = _Link(client, server)
            self.links.append(link)
            link.run()

    def close(self):
        """Nobody comes this way any more."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for link in self.links:
            if not link.closed:
                link.reset_client()

    def live(self):
        """The newest link that is open, or None."""
        for link in reversed(self.links):
            if not link.closed:
                return link
        return None


class _Link:
    def __init__(self, client, server):
        self.client, self.server = client, server
        self.holding = False
        self.held = bytearray()
        self.sent = 0
        self.closed = False
        self.lock = threading.Lock()

    def run(self):
        threading.Thread(target=self._up, daemon=True).start()
        threading.Thread(target=self._down, daemon=True).start()

    def _up(self):
        try:
            while data := self.client.recv(65536):
                with self.lock:
                    self.sent += len(data)
                    if self.holding:
                        self.held += data
                    else:
                        self.server.sendall(data)
        except OSError:
            pass
        self.closed = True
        if not self.holding:
            self._close(self.server)

    def _down(self):
        try:
            while data := self.server.recv(65536):
                self.client.sendall(data)
        except OSError:
            pass
        self.closed = True
        self._close(self.client)

    @staticmethod
    def _close(end):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def hold(self):
        with self.lock:
            self.holding = True

    def forward(self):
        """Ends the hold as if it had never been."""
        with self.lock:
            self.server.sendall(bytes(self.held))
            self.held.clear()
            self.holding = False

    def reset_client(self):
        self.closed = True
        self.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._close(self.client)

    def release(self):
        """Hands over what was held, and ends the collector's side a moment later."""
        with self.lock:
            self.server.sendall(bytes(self.held))
        time.sleep(1)
        self._close(self.server)
