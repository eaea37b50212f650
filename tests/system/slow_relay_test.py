"""Records cross a relay on loopback that stands in front of a slow link, as `ssh -L` or stunnel do: the
window stays closed, and pings wait behind records, for longer than keepalive.timeout. All arrive, over
the one connection.

`slow_relay_test.py BYTES_PER_SECOND PAUSE_S TIME_S TIMEOUT_S` tries other links."""

import random
import socket
import sys
import threading
import time

from harness import World, wait_until

RECORDS = 4
SERIES = 2000
BUFFER_BYTES = 4096
# The pause is longer than the timeout, and so is a record.
BYTES_PER_S, PAUSE_S, TIME_S, TIMEOUT_S = (
    (float(word) for word in sys.argv[1:5]) if len(sys.argv) > 4 else (10000, 2.5, 10, 1))


class SlowRelay:
    """Takes so many bytes of the agent's a second, in a burst after each pause, and as it holds little,
    the agent's window is closed in between. What comes back is not held up."""

    def __init__(self, target_port):
        self.target_port = target_port
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        self.listener.bind(("127.0.0.1", 0))  # refuses everybody until it listens
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.bytes = 0

    def start(self):
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            client, _ = self.listener.accept()
            self.connections += 1
            server = socket.create_connection(("127.0.0.1", self.target_port))
            threading.Thread(target=self._up, args=(client, server), daemon=True).start()
            threading.Thread(target=self._down, args=(client, server), daemon=True).start()

    def _up(self, client, server):
        try:
            while True:
                time.sleep(PAUSE_S)
                left = int(BYTES_PER_S * PAUSE_S)
                while left > 0 and (data := client.recv(min(left, BUFFER_BYTES))):
                    server.sendall(data)
                    self.bytes += len(data)
                    left -= len(data)
                    if len(data) < 64:  # a ping: the link is idle, and the next burst may be a record
                        break
        except OSError:
            pass

    @staticmethod
    def _down(client, server):
        try:
            while data := server.recv(65536):
                client.sendall(data)
            client.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def main():
    with World() as world:
        world.collector().start()
        noise = random.Random(1)
        values = world.folder / "values"
        values.write_text("".join(f"v{i} {noise.random()}\n" for i in range(SERIES)))
        relay = SlowRelay(world.devices_port)
        agent = world.agent(
            f"""[[sensors.exec]]
command = ["/bin/cat", "{values}"]
interval = "1s"
max_series = {SERIES}
""",
            period="1s", endpoint=f"127.0.0.1:{relay.port}", stream_period="1s",
            upload=f"""keepalive = {{ time = "{TIME_S:.0f}s", timeout = "{TIMEOUT_S:.0f}s" }}
backoff = {{ initial = "1s", max = "1s" }}""")
        agent.start()
        wait_until(lambda: agent.log.read_text().count("spool: on the disk") >= RECORDS, 30,
                   "records wait for the link")
        values.unlink()  # no more of them
        begin = time.monotonic()
        relay.start()
        wait_until(lambda: (world.device() or {}).get("records", 0) >= RECORDS, 300, "all arrive")
        seconds = time.monotonic() - begin
        print(f"{relay.bytes} bytes in {seconds:.0f} s over {relay.connections} connection(s)")
        assert relay.bytes > RECORDS * 15_000, "the records are of some tens of kB"
        assert relay.connections == 1, relay.connections
        assert agent.running()


main()
