"""A link that is cut silently is noticed within keepalive time + timeout: by an upload under way, by an
upload stream on which nothing is sent, and by the command stream when there is no other."""

import sys
import time

from harness import World, wait_until
from network import COLLECTOR_ADDRESS, SKIPPED, Network, can_make_networks

TIME_S, TIMEOUT_S, SLACK_S = 10, 5, 5
PORT = 7443
UPLOAD = f"""insecure = true
keepalive = {{ time = "{TIME_S}s", timeout = "{TIMEOUT_S}s" }}"""


def noticed_after(interval, stream_period):
    """Seconds from the cut until the agent says that the link is gone."""
    with Network() as network, World() as world:
        world.run_in(collector=network.collector, agent=network.device)
        world.listen_devices = f"{COLLECTOR_ADDRESS}:{PORT}"
        collector = world.collector("insecure = true").start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(f'[[sensors.pattern]]\ninterval = "{interval}"\n', period="1s",
                            endpoint=world.listen_devices, upload=UPLOAD, stream_period=stream_period)
        agent.start()
        wait_until(lambda: (world.device() or {}).get("records", 0) > 0, 45, "a record is stored")
        time.sleep(3)  # more than a ping's round trip of silence
        network.cut()
        begin = time.monotonic()
        wait_until(lambda: agent.said("trying again"), 60, "the agent notices")
        return time.monotonic() - begin


def main():
    if not can_make_networks():
        print("needs root, to make network namespaces")
        sys.exit(SKIPPED)
    for what, interval, stream_period in (("an upload every second", "1s", "10m"),
                                          ("an idle upload stream", "30s", "10m"),
                                          ("the command stream alone", "30s", "1s")):
        seconds = noticed_after(interval, stream_period)
        print(f"{what}: noticed after {seconds:.1f} s")
        assert seconds <= TIME_S + TIMEOUT_S + SLACK_S, seconds


main()
