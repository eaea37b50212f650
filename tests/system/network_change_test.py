"""A link that comes up ends the wait for a retry; an address that goes takes the session with it; and
SIGUSR1 sends what was sampled so far."""

import re
import signal
import sys
import time

from harness import World, wait_until
from network import COLLECTOR_ADDRESS, SKIPPED, Network, can_make_networks

PORT = 7443
WAIT_S = 20  # shorter waits prove nothing

SENSORS = """
[[sensors.pattern]]
interval = "1s"
"""
UPLOAD = """insecure = true
backoff = { initial = "5m", max = "5m" }"""


def wait_of(agent):
    """How long the agent says it will wait, in seconds; none when it does not."""
    said = re.findall(r"trying again in (?:(\d+)m)?(?:([\d.]+)s)?\n", agent.log.read_text())
    return 60 * int(said[-1][0] or 0) + float(said[-1][1] or 0) if said else None


def start_while_the_link_is_down(world, network):
    agent = world.agent(SENSORS, period="2s", endpoint=world.listen_devices, upload=UPLOAD)
    while True:
        network.ip(network.device, "link", "set", "wan", "down")
        agent.start()
        wait_until(lambda: wait_of(agent) is not None, 30, "it waits")
        if wait_of(agent) > WAIT_S:
            return agent
        agent.kill()
        agent.log.unlink()


def up(network, address):
    network.ip(network.device, "link", "set", "wan", "up")
    network.ip(network.device, "addr", "replace", f"{address}/24", "dev", "wan")
    network.ip(network.device, "route", "replace", "default", "via", "10.77.1.1")


def main():
    if not can_make_networks():
        print("needs root, to make network namespaces")
        sys.exit(SKIPPED)
    with Network() as network, World() as world:
        world.run_in(collector=network.collector, agent=network.device)
        world.listen_devices = f"{COLLECTOR_ADDRESS}:{PORT}"
        collector = world.collector("insecure = true").start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")

        agent = start_while_the_link_is_down(world, network)
        up(network, "10.77.1.2")
        begin = time.monotonic()
        wait_until(lambda: agent.said("session open"), WAIT_S / 2, "it connects at once")
        came = time.monotonic() - begin

        time.sleep(12)  # a session that was worth opening
        records = world.device()["records"]
        network.ip(network.device, "addr", "del", "10.77.1.2/24", "dev", "wan")
        time.sleep(1)
        up(network, "10.77.1.3")
        begin = time.monotonic()
        wait_until(lambda: world.device()["records"] > records + 1, WAIT_S / 2, "it goes on")
        went = time.monotonic() - begin
        assert agent.stop() == 0

        # A period of ten minutes: nothing comes by itself.
        agent = world.agent(SENSORS, period="10m", endpoint=world.listen_devices, upload=UPLOAD)
        records = world.device()["records"]
        agent.start()
        time.sleep(4)
        assert world.device()["records"] == records
        agent.process.send_signal(signal.SIGUSR1)
        wait_until(lambda: world.device()["records"] == records + 1, 5, "what there is is sent")
        assert agent.stop() == 0
        print(f"connected {came:.1f} s after the link came up, and went on {went:.1f} s after the "
              f"address changed; a wait of up to 5 min was ended each time")


main()
