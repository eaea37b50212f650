"""The commands of docs/configuration.md, docs/remote-control.md and of "Trying an agent" in
docs/operations.md, as they stand there, with a settings file of the test's own behind them."""

import os
import pathlib
import re
import shlex
import subprocess

from harness import BIN, World

DOCS = pathlib.Path(os.environ["GODWIT_SOURCE"]) / "docs"


def commands(text):
    return [shlex.split(line, comments=True)
            for line in re.findall(r"^    (godwit-(?:agent|collector) .*)$", text, re.M)]


def main():
    with World() as world:
        config = world.write("agent.toml", f"""
[agent]
id = "documents"
state = "{world.folder}/state"
[[sensors.system]]
[[sensors.agent]]
""")
        trying = (DOCS / "operations.md").read_text().split("## Trying an agent")[1].split("\n## ")[0]
        found = [*commands((DOCS / "configuration.md").read_text()),
                 *commands((DOCS / "remote-control.md").read_text()), *commands(trying)]
        assert len(found) >= 10, found
        for program, *words in found:
            takes_settings = words[:2] not in (["config", "sample"], ["config", "schema"],
                                               ["config", "reference"])
            answer = subprocess.run(
                [BIN / program, *words, *(["--config", config] if takes_settings else [])],
                capture_output=True, text=True, timeout=30)
            assert answer.returncode == 0, (program, words, answer)
            assert answer.stdout or words == ["once"], (program, words, answer)
        for program, words, says in (
                ("godwit-agent", ["config", "sandbox", "--config", config], "ReadWritePaths="),
                ("godwit-agent", ["man"], ".TH GODWIT-AGENT 8"),
                ("godwit-collector", ["man"], ".TH GODWIT-COLLECTOR 8"),
                ("godwit-collector", ["completion", "bash"], "complete -F"),
                ("godwit-agent", ["--licenses"], "LGPL-2.1")):
            answer = subprocess.run([BIN / program, *words], capture_output=True, text=True)
            assert answer.returncode == 0 and says in answer.stdout, (program, words, answer)
        print(f"{len(found)} commands")


main()
