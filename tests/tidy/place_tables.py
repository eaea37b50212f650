"""The tables of docs/architecture.md that say where something is, or where it goes, compared with the tree.

A table "| to add | touch | besides | as for |": the files of `touch` are exactly those, of all that are written by
hand and are no tests, that have one of the words of `as for`. A table "| question | files | words |": every such file
that has one of the words is named by the row. Files and words stand in backticks; each file exists.
"""

import re

PAGE = "docs/architecture.md"
TO_ADD = ["to add", "touch", "besides", "as for"]
QUESTION = ["question", "files", "words"]
NOT_COUNTED = ("docs/", "config/", "tests/", "bench/", "packaging/pages/")


def cells_of(line):
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def quoted(cell):
    return re.findall(r"`([^`]+)`", cell)


def paths(cell):
    return [word for word in quoted(cell) if re.fullmatch(r"[\w.-]+(/[\w.-]+)+/?", word)]


def rows(text):
    """(line number, kind of table, cells) of each row of the tables."""
    kind = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("|"):
            kind = None
        elif cells_of(line) in (TO_ADD, QUESTION):
            kind = cells_of(line)
        elif kind is not None and not re.fullmatch(r"[|\s-]+", line):
            yield number, kind, cells_of(line)


def lines_with(texts, words):
    """{path: the first line that has one of the words}"""
    found = {}
    for path, text in texts.items():
        at = min((text.find(word) for word in words if word in text), default=None)
        if at is not None:
            found[path] = text.count("\n", 0, at) + 1
    return found


def check(root, files, breach):
    """Calls breach(path, line, message) for each difference. `files`: all of the tree, relative to root."""
    texts = {}
    for path in files:
        if not path.startswith(NOT_COUNTED) and not path.endswith(".md"):
            texts[path] = (root / path).read_text(errors="replace")
    for number, kind, cells in rows((root / PAGE).read_text()):
        if len(cells) != len(kind):
            breach(PAGE, number, f"a row of {len(cells)} cells; the table has {len(kind)} columns")
            continue
        for path in paths(" ".join(cells[1:-1])):
            if not (root / path).exists():
                breach(PAGE, number, f"{path} is not there")
        listed, words = paths(cells[1]), quoted(cells[-1])
        if not words:
            breach(PAGE, number, "a row without a word that is looked for")
        for word in words:
            if not lines_with(texts, [word]):
                breach(PAGE, number, f"no file has `{word}`")
        found = lines_with(texts, words)
        for path in sorted(found.keys() - set(listed)):
            breach(path, found[path], f'has a word of "{cells[0]}", a row of {PAGE} that does not name this file')
        if kind == TO_ADD:
            for path in sorted(set(listed) - found.keys()):
                breach(PAGE, number, f"{path} has none of the words of its row")
