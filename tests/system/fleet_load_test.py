"""A small fleet of `fleet_load` over mutual TLS: each device has a connection, a session and a command stream of its
own, carries out a command, tries a configuration that is pushed to all, and comes back when the collector is
started anew; at the end the store has each record once. So the load that `./dev bench fleet` measures with is one
that counts."""

from authority import Authority, tls
from fleet import ADDRESSES, SAMPLES_PER_RECORD, Fleet
from harness import World, wait_until

DEVICES = 20


def main():
    with World() as world:
        authority = Authority(world.folder, "ca")
        authority.certificate("collector", ",".join(f"IP:{address}" for address in ADDRESSES))
        authority.certificate("device", "URI:godwit://device/fleet")
        world.listen_devices = f"0.0.0.0:{world.devices_port}"
        collector = world.collector(tls(world.folder, "ca", "collector")).start()
        wait_until(lambda: collector.said("devices on"), 10, "the collector listens")
        with Fleet(world, DEVICES, 1, "device") as fleet:
            fleet.wait_for("back", DEVICES, 60)
            listed = fleet.ask("list")
            assert listed["devices"] == listed["connected"] == DEVICES, listed
            fleet.ask("command", 7, 1)
            fleet.wait_for("commands", 1, 30)
            fleet.ask("push", 0, DEVICES)
            fleet.wait_for("applied", DEVICES, 60)
            assert fleet.total("fetched") == DEVICES
            assert collector.stop() == 0
            collector.start()
            fleet.wait_for("sessions", 2 * DEVICES, 60)
            made = fleet.total("made")
            fleet.wait_for("settled", made + DEVICES, 60)
            assert fleet.total("not_taken") == 0
            check = fleet.stop()
        assert check["lost"] == check["twice"] == 0, check
        assert check["stored"] > made, (check, made)
        records = {line.split()[0]: int(line.split()[1]) for line in fleet.ledgers[0].read_text().splitlines()}
        assert sum(records.values()) == check["stored"], (records, check)
        for number in (0, DEVICES - 1):
            ticks = fleet.counted(number)
            assert ticks == list(range(1, 6 * records[f"fleet-{number}"] + 1)), (number, ticks)
        assert collector.stop() == 0
        print(f"{DEVICES} devices: {check['stored']} records of {SAMPLES_PER_RECORD} samples, each once")


main()
