"""The phrases that must not return (refused_phrases.tsv), looked for in what people read.

`plain_english.py ROOT` prints how often each phrase occurs in each kind of text.
"""

import fnmatch
import pathlib
import re
import sys

TABLE = pathlib.Path(__file__).with_name("refused_phrases.tsv")

# Kind of text -> the files that have it. In C++ and protocol files a kind is a part of the file.
KINDS = {
    "page": ["*.md", "packaging/pages/*"],
    "settings": ["*.toml", "*.schema.json"],
    "string": ["*.cc", "*.h"],
    "comment": ["*.cc", "*.h", "*.proto"],
}

# Comments, and literals: raw ones, strings, characters (which may hold a quote).
TOKEN = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)\'', re.S)


def table():
    """(phrase, what to write instead) of each row."""
    return [tuple(line.split("\t")) for line in TABLE.read_text().splitlines() if not line.startswith("#")]


def one_expression(rows):
    """Finds any of the phrases: group N + 1 is row N. The next line of a text may begin with the mark of a comment."""
    blank = r"\s+(?:(?://|#)\s*)?"
    words = "|".join(f"({phrase.replace(' ', blank)})" for phrase, _ in rows)
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.I)


def kinds_of(path):
    return [kind for kind, patterns in KINDS.items()
            if any(fnmatch.fnmatch(path, pattern) for pattern in patterns)]


def parts(kind, text):
    """(line, text) of what the kind is about: literals and comments that follow each other are one."""
    if kind in ("page", "settings"):
        yield 1, text
        return
    start, joined, end = 0, "", None
    for found in TOKEN.finditer(text):
        token = found[0]
        # Raw literals hold SQL, scripts and the like.
        if (kind == "comment") != token.startswith("/") or token.startswith(("'", "R")):
            continue
        between = text[end:found.start()] if end is not None else "x"
        if between.strip():
            if joined:
                yield text.count("\n", 0, start) + 1, joined
            start, joined = found.start(), ""
        else:
            # The quotes between two literals are no part of what is read.
            joined = joined[:-1] if kind == "string" else joined
            token = token[1:] if kind == "string" else token
            between = re.sub(r"[^\n]", "", between) if kind == "string" else between
            joined += between
        # An escaped line end is a blank.
        joined += token.replace("\\n", "  ") if kind == "string" else token
        end = found.end()
    if joined:
        yield text.count("\n", 0, start) + 1, joined


def findings(text, kind, expression):
    """(line, what was found, number of its row)."""
    for line, part in parts(kind, text):
        for found in expression.finditer(part):
            words = " ".join(re.sub(r"//|#", " ", found[0]).split())
            yield line + part.count("\n", 0, found.start()), words, found.lastindex - 1


def check(root, files, breach):
    rows = table()
    expression = one_expression(rows)
    for path in files:
        for kind in kinds_of(path):
            for line, words, row in findings((root / path).read_text(), kind, expression):
                breach(path, line, f'"{words}" is refused; write instead: {rows[row][1]} '
                                   "(tests/tidy/refused_phrases.tsv)")


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    rows = table()
    expression = one_expression(rows)
    counts = [dict.fromkeys(KINDS, 0) for _ in rows]
    for file in sorted(root.rglob("*")):
        path = str(file.relative_to(root))
        if not file.is_file() or path.startswith(("build/", ".git/")):
            continue
        for kind in kinds_of(path):
            for _, _, row in findings(file.read_text(errors="replace"), kind, expression):
                counts[row][kind] += 1
    print(f"{'phrase':50}" + "".join(f"{kind:>10}" for kind in KINDS))
    for (phrase, _), by_kind in zip(rows, counts):
        print(f"{phrase[:49]:50}" + "".join(f"{by_kind[kind]:10}" for kind in KINDS))
    print(f"{'in all':50}" + "".join(f"{sum(row[kind] for row in counts):10}" for kind in KINDS))


if __name__ == "__main__":
    main()
