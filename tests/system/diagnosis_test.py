"""An agent that cannot reach its collector and `doctor` beside it say the same: a refused port, a name that
DNS does not know, DNS that is silent, a port that nobody answers at, a web server, the port of the operators."""

import concurrent.futures
import os
import re
import socket
import subprocess
import threading

from harness import BIN, World, free_port, wait_until

SENSORS = '[[sensors.pattern]]\ninterval = "1s"\n'


class FullBacklog:
    """A port of loopback whose queue is full: the kernel drops further connections, as a firewall does."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen(0)
        self.port = self.listener.getsockname()[1]
        self.waiting = []
        for _ in range(4):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", self.port))
            self.waiting.append(one)


def web_server():
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            client, _ = listener.accept()
            client.recv(64)
            client.sendall(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
            client.close()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


class SilentDns:
    """A DNS server that takes questions and answers none, for programs in a mount namespace of their own."""

    def __init__(self, world):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.99", 53))
        self.file = world.write("resolv.conf", "nameserver 127.0.0.99\n")

    def before(self, command):
        return ["unshare", "--mount", "sh", "-c", f'mount --bind {self.file} /etc/resolv.conf && exec "$@"', "sh",
                *map(str, command)]


def agent_of(world, name, endpoint, before):
    agent = world.agent(SENSORS, endpoint=endpoint, name=name, extra="insecure = true",
                        upload='backoff = { initial = "200ms", max = "200ms" }')
    agent.arguments = before([word for word in agent.arguments if word not in ("--log", "debug")])
    return agent.start()


def doctor_of(world, name, before):
    command = before([BIN / "godwit-agent", "doctor", "--config", world.folder / f"agent-{name}.toml"])
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    found = re.search(r"^BAD +upload +(.*)$", result.stdout, re.M)
    assert result.returncode == 1 and found, result
    return found[1]


def main():
    with World() as world:
        collector = world.collector().start()
        silent = FullBacklog()
        wait_until(lambda: collector.said("operators on"), 10, "the collector listens")
        cases = {
            "refused": (f"127.0.0.1:{free_port()}", "refuses the connection"),
            "unknown": ("no-such-host.invalid:7443", "cannot be resolved"),
            "silent": (f"127.0.0.1:{silent.port}", "does not answer in time"),
            "web": (f"127.0.0.1:{web_server()}", "does not speak gRPC"),
            "operators": (f"127.0.0.1:{world.operators_port}", "does not serve devices"),
        }
        before = dict.fromkeys(cases, list)
        if os.geteuid() == 0:
            cases["no-dns"] = ("collector.example.org:7443", "cannot be resolved: no DNS server answers")
            before["no-dns"] = SilentDns(world).before
        agents = {name: agent_of(world, name, endpoint, before[name]) for name, (endpoint, _) in cases.items()}
        with concurrent.futures.ThreadPoolExecutor() as pool:
            doctors = {name: pool.submit(doctor_of, world, name, before[name]) for name in cases}
        for name, (endpoint, words) in cases.items():
            found = doctors[name].result()
            assert f"{endpoint} {words}" in found, (name, found)
            # Of gRPC's own words behind it, the order of addresses and the like may differ.
            meaning = found.split(" [")[0]
            wait_until(lambda: agents[name].said(meaning), 30, f"the agent says {meaning!r}")
    print(f"{len(cases)} failures, named alike by the agent and by doctor")


main()
