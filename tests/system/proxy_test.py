"""Behind a real proxy (haproxy, PROXY protocol version 2): devices upload through it and directly, its
health checks are no noise, a stranger's flood through it waits in a line of its own, and what comes
from its address without a header is closed, counted and logged."""

import json
import shutil
import socket
import subprocess
import threading
import time
import urllib.request

from harness import World, free_port, wait_until

PROXY_ADDRESS = "127.0.0.2"
FLOOD_ADDRESS = "127.0.0.66"
FLOOD_S = 3
LAG_MAX_S = 5

HAPROXY = """
global
  maxconn 4000
defaults
  mode tcp
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  source {proxy}
listen devices
  bind 127.0.0.1:{port}
  server collector 127.0.0.1:{collector} send-proxy-v2 check inter 200ms
"""
SENSORS = '[[sensors.pattern]]\ninterval = "200ms"\n'


def start_haproxy(world, port):
    config = world.write("haproxy.cfg", HAPROXY.format(
        proxy=PROXY_ADDRESS, port=port, collector=world.devices_port))
    log = open(world.folder / "haproxy.log", "wb")
    return subprocess.Popen(["haproxy", "-db", "-f", config], stdout=log, stderr=log)


def refusals(world):
    """What is counted of wrong headers."""
    page = urllib.request.urlopen(f"http://127.0.0.1:{world.http_port}/metrics", timeout=5).read()
    for line in page.decode().splitlines():
        if 'reason="wrong PROXY header"' in line:
            return int(line.split()[-1])
    return 0


def records(world, name):
    rows = json.loads(world.godwit("device", "ls", "-o", "json").stdout)
    return next((row["records"] for row in rows if row["name"] == name), 0)


def uploads(world, name, endpoint, seconds):
    agent = world.agent(SENSORS, period="1s", stream_period="1s", name=name, endpoint=endpoint).start()
    started = time.monotonic()
    wait_until(lambda: records(world, name) > 0, seconds, f"{name} uploads")
    return agent, time.monotonic() - started


def is_closed(connection):
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True  # with bytes that nobody read


def flood(port, end):
    crowd = []
    while time.monotonic() < end:
        try:
            crowd.append(socket.create_connection(("127.0.0.1", port), 1, (FLOOD_ADDRESS, 0)))
        except OSError:
            time.sleep(0.01)
        if len(crowd) > 1000:
            crowd.pop(0).close()


def main():
    if shutil.which("haproxy") is None:
        raise SystemExit(77)
    with World() as world:
        collector = world.collector(f'trusted_proxies = ["{PROXY_ADDRESS}/32"]').start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        assert collector.said("is open to strangers"), "what a proxy passes on may be anybody"
        port = free_port()
        haproxy = start_haproxy(world, port)
        try:
            uploads(world, "direct", world.listen_devices, 15)
            uploads(world, "proxied", f"127.0.0.1:{port}", 15)
            time.sleep(0.5)
            assert refusals(world) == 0 and not collector.said("closed a connection of the proxy")

            threading.Thread(target=flood, args=(port, time.monotonic() + FLOOD_S), daemon=True).start()
            time.sleep(1)
            _, took = uploads(world, "late", f"127.0.0.1:{port}", 15)
            print(f"a device beside a flood through the same proxy: first record after {took:.1f} s")
            assert took < LAG_MAX_S, took

            with socket.create_connection(("127.0.0.1", world.devices_port), 5, (PROXY_ADDRESS, 0)) as wrong:
                wrong.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
                assert is_closed(wrong), "no header, and it is served"
            wait_until(lambda: refusals(world) == 1, 5, "it is counted")
            assert collector.said(f"of the proxy {PROXY_ADDRESS}: no PROXY header of version 2")
        finally:
            haproxy.kill()


main()
