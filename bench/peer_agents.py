"""Agents that do the same job, each as it would be set up for it: how one is started, and asked what has
arrived at the other end. Their settings: bench/peers/agents/."""
import csv
import datetime
import io
import json
import re
import string
import subprocess

# First: it makes the modules of the system tests known.
from measuring import process_tree
from agent_bench import PORT, start
from authority import Authority
from harness import in_namespace, wait_until
from network import COLLECTOR_ADDRESS
from peer_programs import SETTINGS, installed, otelcol, telegraf

NODE_COLLECTORS = ["cpu", "loadavg", "meminfo", "vmstat", "diskstats", "filesystem", "netdev", "stat"]
INTERVAL_S = 10


class Place:
    """Where one of them runs: a device and a collector with a network between them, and a disk."""

    def __init__(self, world, network, disk):
        self.world, self.network, self.disk = world, network, disk
        self.running = {}

    def settings(self, name):
        """The template of that name, filled in."""
        if not (self.world.folder / "ca.pem").exists():
            Authority(self.world.folder, "ca").certificate("collector", f"IP:{COLLECTOR_ADDRESS}")
        text = string.Template((SETTINGS / name).read_text()).substitute(
            folder=self.world.folder, disk=self.disk.mount, address=COLLECTOR_ADDRESS, port=PORT)
        return self.world.write(name, text)

    def said(self, name):
        path = self.world.folder / f"{name}.log"
        return path.read_text() if path.exists() else ""

    def _spawn(self, namespace, name, command):
        with open(self.world.folder / f"{name}.log", "ab") as log:
            process = subprocess.Popen([*in_namespace(namespace), *map(str, command)], stdout=log,
                                       stderr=log, stdin=subprocess.DEVNULL)
        self.running[name] = process
        return process.pid

    def on_device(self, name, *command):
        return self._spawn(self.network.device, name, command)

    def at_collector(self, name, *command):
        return self._spawn(self.network.collector, name, command)

    def kill(self, name):
        self.running[name].kill()
        self.running.pop(name).wait()

    def check_running(self):
        for name, process in self.running.items():
            assert process.poll() is None, f"{name} has ended"

    def end(self):
        for name in list(self.running):
            self.kill(name)


class Peer:
    """`begin` starts its other end, `start` the agent on the device; `start` may come again after `kill`."""

    def __init__(self, place):
        self.place = place

    def arrived(self):
        """Samples so far, at the other end."""
        raise NotImplementedError

    def load_times(self):
        """The times, in seconds, of the values of the load average that are at the other end."""
        raise NotImplementedError


class Godwit(Peer):
    def begin(self):
        self.agent = start(self.place.world, self.place.network, self.place.disk,
                           "[[sensors.system]]\npaging.every = 1\nfilesystem.every = 1\n", "60s", "30s")

    def start(self):
        self.agent.start()
        return process_tree(self.agent.process.pid)

    def kill(self):
        self.agent.kill()

    def arrived(self):
        device = self.place.world.device()
        return device["samples"] if device else 0

    def load_times(self):
        values = self.place.world.export("system.cpu.load_average.1m")
        return [time for time, _ in values["system.cpu.load_average.1m"]]


class OtlpSpeaker(Peer):
    """Its other end is an OpenTelemetry Collector that logs what comes."""

    def begin(self):
        self.place.at_collector("sink", otelcol(), "--config", self.place.settings("otelcol-sink.yaml"))
        wait_until(lambda: "Everything is ready" in self.place.said("sink"), 20, "its sink")

    def kill(self):
        self.place.kill(self.name)

    def arrived(self):
        return sum(map(int, re.findall(r'"data points": (\d+)', self.place.said("sink"))))

    def load_times(self):
        times, name = [], ""
        for line in self.place.said("sink").splitlines():
            if "-> Name: " in line:
                name = line.split()[-1]
            elif line.startswith("Timestamp: ") and name == self.load:
                day, second = line.split()[1:3]
                when = datetime.datetime.fromisoformat(f"{day} {second[:8]}+00:00")
                times.append(when.timestamp())
        return times


class OtelCollector(OtlpSpeaker):
    name, load = "otelcol", "system.cpu.load_average.1m"

    def start(self):
        return [self.place.on_device(self.name, otelcol(), "--config",
                                     self.place.settings("otelcol.yaml"))]


class Telegraf(OtlpSpeaker):
    name, load = "telegraf", "system_load1"

    def start(self):
        return [self.place.on_device(self.name, telegraf(), "--config",
                                     self.place.settings("telegraf.conf"))]


class Collectd(Peer):
    """Its other end is another collectd that writes what comes as CSV."""

    def begin(self):
        program = installed("collectd", "collectd-core")
        self.csv = self.place.world.folder / "csv"
        self.place.settings("collectd-sink.users")
        self.place.at_collector("sink", program, "-f", "-C", self.place.settings("collectd-sink.conf"))
        wait_until(lambda: "entering read-loop" in self.place.said("sink"), 20, "its sink")

    def start(self):
        return [self.place.on_device("collectd", "collectd", "-f", "-C",
                                     self.place.settings("collectd.conf"))]

    def kill(self):
        self.place.kill("collectd")

    def _rows(self, pattern):
        for path in self.csv.glob(pattern):
            yield from list(csv.reader(io.StringIO(path.read_text())))[1:]  # behind the head

    def arrived(self):
        return sum(len(row) - 1 for row in self._rows("*/*/*"))

    def load_times(self):
        return [float(row[0]) for row in self._rows("*/load/*")]


class PrometheusAgent(Peer):
    """node_exporter and Prometheus as an agent; the other end is a Prometheus."""

    def begin(self):
        program = installed("prometheus", "prometheus")
        installed("prometheus-node-exporter", "prometheus-node-exporter")
        self.place.at_collector(
            "sink", program, f"--web.listen-address={COLLECTOR_ADDRESS}:{PORT}",
            f"--web.config.file={self.place.settings('prometheus-sink.yml')}",
            "--web.enable-remote-write-receiver",
            f"--config.file={self.place.world.write('none.yml', '')}",
            f"--storage.tsdb.path={self.place.world.folder}/sink")
        wait_until(lambda: "ready to receive" in self.place.said("sink"), 20, "its sink")
        self.exporter = self.place.on_device(
            "node_exporter", "prometheus-node-exporter", "--web.listen-address=127.0.0.1:9100",
            "--web.disable-exporter-metrics", "--collector.disable-defaults",
            "--collector.filesystem.mount-points-exclude=^/.+",
            *(f"--collector.{name}" for name in NODE_COLLECTORS))

    def start(self):
        agent = self.place.on_device(
            "prometheus", "prometheus", "--enable-feature=agent",
            f"--config.file={self.place.settings('prometheus-agent.yml')}",
            "--web.listen-address=127.0.0.1:9090", f"--storage.agent.path={self.place.disk.mount}/wal")
        return [self.exporter, agent]

    def kill(self):
        self.place.kill("prometheus")

    def _ask(self, path):
        return subprocess.run(
            [*in_namespace(self.place.network.collector), "curl", "-sg", "--cacert",
             self.place.world.folder / "ca.pem", f"https://{COLLECTOR_ADDRESS}:{PORT}/{path}"],
            check=True, capture_output=True, text=True).stdout

    def arrived(self):
        total = re.search(r"^prometheus_tsdb_head_samples_appended_total\S* (\S+)", self._ask("metrics"),
                          re.M)
        return float(total[1])

    def load_times(self):
        found = json.loads(self._ask("api/v1/query?query=node_load1[1h]"))["data"]["result"]
        return [time for series in found for time, _ in series["values"]]


PEERS = {"godwit": Godwit, "otelcol": OtelCollector, "telegraf": Telegraf, "collectd": Collectd,
         "prometheus": PrometheusAgent}
