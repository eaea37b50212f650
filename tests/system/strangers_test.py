"""Logs are no channel for strangers, and a peer that goes ends no program: an issuer cannot forge lines or
flood the log, gRPC's own lines stay out of standard error, and SIGPIPE ends none of the three programs."""

import os
import re
import signal
import socket
import subprocess
import threading
import time

from harness import BIN, World, free_port, wait_until

LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+ [DIWE] godwit-(agent|collector): ")


def serve_noise(port):
    """Something that is no gRPC server: gRPC itself complains about it."""
    listener = socket.create_server(("127.0.0.1", port))

    def accept():
        while True:
            client, _ = listener.accept()
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n\x1b[2Jforged\n")
            client.close()

    threading.Thread(target=accept, daemon=True).start()


def check_lines(process):
    for line in process.log.read_text().splitlines():
        assert LINE.match(line), f"a line that is not ours: {line!r}"


def grpc_keeps_quiet(world):
    """With all of gRPC's own log on."""
    os.environ["GRPC_VERBOSITY"] = "DEBUG"
    os.environ["GRPC_TRACE"] = "http,tcp"
    port = free_port()
    serve_noise(port)
    config = world.write("noise.toml", f"""[agent]
state = "{world.folder}/noise"
[upload]
endpoint = "127.0.0.1:{port}"
""")
    loud = world.process("godwit-agent", ["--log", "debug", "run", "--config", config], log="loud")
    quiet = world.process("godwit-agent", ["run", "--config", config],
                          log="quiet")
    loud.start()
    wait_until(lambda: loud.said("trying again"), 20, "the first attempt fails")
    loud.stop()
    quiet.start()
    wait_until(lambda: quiet.said("trying again"), 20, "the first attempt fails")
    quiet.stop()
    check_lines(loud)
    check_lines(quiet)
    assert loud.said("grpc: ") and not quiet.said("grpc: ")
    asked = world.godwit("status", check=False, collector=f"127.0.0.1:{port}")
    assert asked.returncode == 69, asked
    assert len(asked.stderr.splitlines()) == 1 and asked.stderr.startswith("godwit: "), asked.stderr
    assert "\x1b" not in asked.stderr
    del os.environ["GRPC_VERBOSITY"], os.environ["GRPC_TRACE"]


def issuers_forge_nothing(world, agent):
    """One is the name of the operator's account."""
    environment = {**os.environ, "USER": "eve\u202e begins"}
    for _ in range(3):
        subprocess.run([str(BIN / "godwit"), "--collector", f"127.0.0.1:{world.operators_port}",
                        "command", "send", "test", "ping", "--no-wait"], env=environment,
                       capture_output=True, check=False)
    wait_until(lambda: agent.said("of eve"), 10, "a command is logged")
    time.sleep(1)
    text = agent.log.read_text()
    assert "\u202e" not in text and "eve\\u202e begins" in text


def broken_pipes_end_nobody(world, collector, agent):
    for process in (collector, agent):
        process.process.send_signal(signal.SIGPIPE)
    time.sleep(0.3)
    assert collector.running() and agent.running()
    command = [str(BIN / "godwit"), "--collector", f"127.0.0.1:{world.operators_port}"]
    for words in (["tail", "test", "*", "-o", "jsonl"], ["export", "-d", "test", "*", "--since", "1h"]):
        asking = subprocess.Popen([*command, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        asking.stdout.read(1)
        asking.stdout.close()  # as `head` does
        code = asking.wait(timeout=20)
        assert code in (0, 1), f"{words}: {code}"
        assert asking.stderr.read() == b"", words


def main():
    with World() as world:
        collector = world.collector().start()
        agent = world.agent('[[sensors.pattern]]\ninterval = "1s"\n[remote]\ncommands = ["ping"]\n',
                            period="1s").start()
        wait_until(lambda: (world.device() or {}).get("records", 0) > 1, 30, "records are stored")
        broken_pipes_end_nobody(world, collector, agent)
        issuers_forge_nothing(world, agent)
        grpc_keeps_quiet(world)
        check_lines(agent)
        check_lines(collector)


main()
