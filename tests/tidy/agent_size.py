"""usage: agent_size.py AGENT COLUMN README

The one-file agent is no larger than the README says, with 5 % of room. COLUMN is the architecture as the README's
table calls it: x86-64, arm64 or armhf."""

import pathlib
import re
import sys

ROOM = 1.05


def stated_megabytes(readme, column):
    table = re.search(r"^\| the agent, one file \|(.*)\|\n.*\n\| stripped \|(.*)\|$", readme, re.M)
    columns, sizes = ([cell.strip() for cell in row.split("|")] for row in table.groups())
    return float(sizes[columns.index(column)].removesuffix(" MB"))


def main():
    agent, column, readme = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]).read_text()
    megabytes, stated = agent.stat().st_size / 1e6, stated_megabytes(readme, column)
    print(f"{column}: {megabytes:.2f} MB, the README has {stated}")
    assert megabytes <= stated * ROOM, "the agent has grown: look why, or say so in the README"
    assert megabytes >= stated / ROOM, "the agent has shrunk: the README may say so"


main()
