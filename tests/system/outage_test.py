"""Outages: a device that counts 500 series each second for five minutes, over a link that is cut
silently six times and a collector that is killed four times, twice during a cut. Every value arrives
exactly once, late packets of a connection that was given up included."""

import sys
import time

from authority import Authority, tls
from harness import World, wait_until
from network import COLLECTOR_ADDRESS, SKIPPED, Network, can_make_networks

SERIES = 500
SECONDS = 300
TICKS_MIN = 295
PORT = 7443

SENSORS = f"""
[[sensors.pattern]]
series = {SERIES}
shape = "count"
interval = "1s"
"""

# Seconds after the start: what happens. A cut lasts to its heal.
PLAN = [
    (15, "cut"), (27, "heal"),
    (40, "kill"), (42, "restart"),
    (55, "cut"), (62, "kill"), (66, "restart"), (75, "heal"),
    (95, "cut"), (100, "heal"),
    (112, "late"),
    (150, "cut"), (165, "kill"), (170, "restart"), (190, "heal"),
    (210, "cut"), (218, "heal"),
    (235, "kill"), (238, "restart"),
    (250, "cut"), (268, "heal"),
]


class LatePackets:
    """What the device sends on its connection is kept back until it has given that up, and has sent
    the same records again on another; then it is let through.

    About one time in seven nothing of it counts: what was under way was no whole record. So it is
    tried up to TRIES times, and the test asks at its end that something did come twice."""

    TRIES = 6

    def __init__(self, world, network):
        self.world, self.network = world, network

    def happen(self):
        for _ in range(self.TRIES):
            self.keep_back_and_let_through()
            if self.of_device("duplicates") > 0:
                return

    def keep_back_and_let_through(self):
        wait_until(lambda: self.network.ports(PORT), 20, "the device is connected")
        port = self.network.ports(PORT)[0]
        self.network.keep_back(port)
        wait_until(lambda: any(p != port for p in self.network.ports(PORT)), 30,
                   "the device connects anew")
        before = self.of_device("records")
        wait_until(lambda: self.of_device("records") > before + 1, 20,
                   "it has sent again what is kept back")
        self.network.let_through()
        time.sleep(2)
        self.network.keep_back_no_more()

    def of_device(self, figure):
        return (self.world.device() or {}).get(figure, 0)


def main():
    if not can_make_networks():
        print("needs root, to make network namespaces")
        sys.exit(SKIPPED)
    with Network() as network, World() as world:
        Authority(world.folder, "ca").certificate("collector", f"IP:{COLLECTOR_ADDRESS}")
        world.run_in(collector=network.collector, agent=network.device)
        world.listen_devices = f"{COLLECTOR_ADDRESS}:{PORT}"
        collector_tls = tls(world.folder, "ca", "collector").replace('ca = ', '# ca = ')
        collector = world.collector(collector_tls).start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        agent = world.agent(
            SENSORS, period="2s", endpoint=f"{COLLECTOR_ADDRESS}:{PORT}",
            upload='keepalive = { time = "10s", timeout = "5s" }\n'
                   'backoff = { initial = "500ms", max = "3s" }',
            extra=tls(world.folder, "ca")).start()
        late = LatePackets(world, network)
        do = {"cut": network.cut, "heal": network.heal, "kill": collector.kill,
              "restart": collector.start, "late": late.happen}
        begin = time.monotonic()
        for at, what in PLAN:
            time.sleep(max(0, begin + at - time.monotonic()))
            do[what]()
        time.sleep(max(0, begin + SECONDS - time.monotonic()))
        assert agent.stop() == 0

        device = world.device()
        series = world.export("godwit.pattern.count")
        assert len(series) == SERIES, len(series)
        for index, samples in series.items():
            values = [value for _, value in samples]
            assert values == list(range(1, len(values) + 1)), (index, values)
        lengths = {len(samples) for samples in series.values()}
        assert len(lengths) == 1 and min(lengths) >= TICKS_MIN, lengths
        assert device["duplicates"] > 0, "nothing came twice: the test proves nothing"
        assert device["gap_records"] == 0 and world.gaps() == [], (device, world.gaps())
        assert collector.stop() == 0
        cuts = sum(what == "cut" for _, what in PLAN)
        kills = sum(what == "kill" for _, what in PLAN)
        print(f"{SERIES} series, each exactly 1 to {lengths.pop()}: {cuts} silent cuts, {kills} "
              f"collector kills, {device['duplicates']} duplicates acknowledged and not stored")


main()
