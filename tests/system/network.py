"""A device and a collector on two sides of a router, each in a network namespace of its own: links
that are cut silently, and packets of one connection that are kept back and arrive late.

    device 10.77.1.2 -- 10.77.1.1 router 10.77.2.1 -- 10.77.2.2 collector
"""

import os
import pathlib
import re
import subprocess

COLLECTOR_ADDRESS = "10.77.2.2"
SKIPPED = 77


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


class Network:
    def __init__(self):
        tag = f"gw{os.getpid()}"
        self.device, self.router, self.collector = (f"{tag}{end}" for end in "drc")

    def __enter__(self):
        for namespace in (self.device, self.router, self.collector):
            run("ip", "netns", "add", namespace)
            self.ip(namespace, "link", "set", "lo", "up")
        self._join(self.device, "10.77.1.2", "10.77.1.1")
        self._join(self.collector, COLLECTOR_ADDRESS, "10.77.2.1")
        self.heal()
        return self

    def __exit__(self, *_):
        for namespace in (self.device, self.router, self.collector):
            subprocess.run(["ip", "netns", "del", namespace], capture_output=True)

    @staticmethod
    def ip(namespace, *arguments):
        return run("ip", "-n", namespace, *arguments)

    def _join(self, namespace, address, gateway):
        far = f"to-{namespace[-1]}"
        self.ip(self.router, "link", "add", far, "type", "veth", "peer", "name", "wan",
                "netns", namespace)
        self.ip(namespace, "addr", "add", f"{address}/24", "dev", "wan")
        self.ip(self.router, "addr", "add", f"{gateway}/24", "dev", far)
        self.ip(namespace, "link", "set", "wan", "up")
        self.ip(self.router, "link", "set", far, "up")
        self.ip(namespace, "route", "add", "default", "via", gateway)

    def _forward(self, on):
        run("ip", "netns", "exec", self.router, "sh", "-c",
            f"echo {int(on)} > /proc/sys/net/ipv4/ip_forward")

    def cut(self):
        """Packets vanish; nobody is notified."""
        self._forward(False)

    def heal(self):
        self._forward(True)

    def ports(self, port):
        """The device's own ports of its connections to the collector's `port`."""
        out = run("ip", "netns", "exec", self.device, "ss", "-Htn", "state", "established",
                  "dport", f"= :{port}")
        return [int(match) for match in re.findall(r"10\.77\.1\.2\]?:(\d+)", out)]

    def _tc(self, *arguments):
        run("tc", "-n", self.router, *arguments)

    def keep_back(self, port):
        """What the device sends from `port` waits in the router, in order; all else passes."""
        device = ["dev", "to-c"]
        self._tc("qdisc", "add", *device, "root", "handle", "1:", "htb", "default", "20")
        for queue in ("1:10", "1:20", "1:30"):
            self._tc("class", "add", *device, "parent", "1:", "classid", queue, "htb", "rate",
                     "1gbit", "quantum", "60000")
        self._tc("qdisc", "add", *device, "parent", "1:10", "handle", "10:", "tbf", "rate", "8bit",
                 "burst", "2000", "limit", "1mb")
        # A device that has given a connection up says so with a reset, and at the other end that takes
        # what came just before it and was not read yet. Such a reset is often lost; here it always is.
        self._tc("qdisc", "add", *device, "parent", "1:30", "handle", "30:", "pfifo", "limit", "0")
        match = ["protocol", "ip", "u32", "match", "ip", "sport", str(port), "0xffff"]
        self._tc("filter", "add", *device, "parent", "1:", "prio", "1", *match, "match", "ip",
                 "protocol", "6", "0xff", "match", "u8", "4", "4", "at", "33", "flowid", "1:30")
        self._tc("filter", "add", *device, "parent", "1:", "prio", "2", *match, "flowid", "1:10")
        # The bucket is full at first, and a batch is small: the first of these empties it, the second
        # waits in front of what comes.
        self.kept_port = port
        self._datagrams(2)

    def _datagrams(self, count):
        run("ip", "netns", "exec", self.device, "python3", "-c",
            "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
            f"s.bind(('', {self.kept_port})); "
            f"[s.sendto(bytes(1400), ('{COLLECTOR_ADDRESS}', 9)) for _ in range({count})]")

    def let_through(self):
        # A change fills the bucket again.
        self._tc("qdisc", "change", "dev", "to-c", "parent", "1:10", "handle", "10:", "tbf", "rate",
                 "1gbit", "burst", "1mb", "limit", "2mb")
        # And the queue looks at its bucket when something comes.
        self._datagrams(1)

    def keep_back_no_more(self):
        self.full_speed()


    def slow_down(self, bytes_per_second):
        """Of what the device sends."""
        self._tc("qdisc", "add", "dev", "to-c", "root", "tbf", "rate", f"{8 * bytes_per_second}bit",
                 "burst", "64kb", "limit", "256kb")

    def full_speed(self):
        self._tc("qdisc", "del", "dev", "to-c", "root")


def can_make_networks():
    """Namespaces need root; where there is none the test is skipped."""
    return os.geteuid() == 0 and pathlib.Path("/proc/self/ns/net").exists()
