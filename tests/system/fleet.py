"""Thousands of devices: `fleet_load` as one or more processes, and `fleet_ask`, which asks what an operator would."""

import json
import math
import subprocess
import threading

from harness import BIN, wait_until

SAMPLES_PER_RECORD = 72 * 6
ADDRESSES = [f"127.0.0.{i}" for i in range(2, 10)]
PER_PROCESS = 5_000


class LoadProcess:
    """One process of devices; the newest of what it says of them, and the time that each verdict took."""

    def __init__(self, arguments, log):
        self.state, self.verdicts = {}, []
        self.process = subprocess.Popen([str(BIN / "fleet_load"), *map(str, arguments)], text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(log, "ab"))
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            state = json.loads(line)
            self.verdicts += state.pop("verdict_ms")
            self.state = state


class Fleet:
    """Devices 0 to count - 1, each with a record every `period` seconds."""

    def __init__(self, world, count, period, certificate=None):
        self.world, self.count = world, count
        port = world.listen_devices.split(":")[1]
        addresses = ",".join(f"{address}:{port}" for address in ADDRESSES)
        files = [world.folder / file for file in ("ca.pem", f"{certificate}.pem", f"{certificate}.key")]
        self.ledgers = []
        self.loads = []
        processes = math.ceil(count / PER_PROCESS)
        for i in range(processes):
            first, end = (count * part // processes for part in (i, i + 1))
            self.ledgers.append(world.folder / f"ledger-{i}")
            arguments = [addresses, first, end - first, period, self.ledgers[-1]]
            self.loads.append(LoadProcess(arguments + (files if certificate else []),
                                          world.folder / "fleet_load.log"))
        # To make the devices takes longer than to connect them.
        wait_until(lambda: all(load.state for load in self.loads), 600, "the devices are made")
        for load in self.loads:
            load.process.stdin.write("start\n")
            load.process.stdin.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for load in self.loads:
            load.process.kill()
            load.process.wait()

    def total(self, name):
        return sum(load.state.get(name, 0) for load in self.loads)

    def failures(self):
        """Ends of sessions and attempts that failed, by status."""
        found = {}
        for load in self.loads:
            for status, times in load.state.get("failures", {}).items():
                found[status] = found.get(status, 0) + times
        return found

    def take_verdicts(self):
        """Milliseconds, in order, of all verdicts since they were taken last."""
        taken = []
        for load in self.loads:
            verdicts, load.verdicts = load.verdicts, []
            taken += verdicts
        return sorted(taken)

    def wait_for(self, name, value, seconds):
        def reached():
            assert all(load.process.poll() is None for load in self.loads), "the load has ended"
            return self.total(name) >= value
        wait_until(reached, seconds, f"{name} is {value} (it is {self.total(name)}; failures: {self.failures()})")

    def ask(self, *arguments):
        answer = subprocess.run([BIN / "fleet_ask", f"127.0.0.1:{self.world.operators_port}", *map(str, arguments)],
                                check=False, capture_output=True, text=True)
        assert answer.stdout, (arguments, answer)
        return json.loads(answer.stdout)

    def stop(self):
        """No more samples; ends when all there are have been settled. What the store has of them, summed up."""
        for load in self.loads:
            load.process.terminate()
        ends = [load.process.wait(timeout=90) for load in self.loads]
        assert ends == [0] * len(ends), f"records that no verdict has settled: {ends}"
        checks = [self.ask("check", ledger, SAMPLES_PER_RECORD) for ledger in self.ledgers]
        return {name: sum(check[name] for check in checks) for name in checks[0]}

    def counted(self, number):
        """The ticks that the store has of one device, as it counted them."""
        rows = self.world.export("fleet.ticks", device=f"fleet-{number}")["fleet.ticks"]
        return [value for _, value in rows]
