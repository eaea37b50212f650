#!/usr/bin/env python3
"""Prints the failed tests of JUnit files, as ctest writes them, with the beginning and the end of
what each printed."""
import sys
import xml.etree.ElementTree

# Of the beginning and of the end: some tests say first what is wrong, others last.
LINES_SHOWN = 30


def failed(path):
    for test in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        if test.get("status") == "fail":
            yield test.get("name"), test.findtext("system-out") or ""


def shortened(lines):
    if len(lines) <= 2 * LINES_SHOWN:
        return lines
    return lines[:LINES_SHOWN] + ["…"] + lines[-LINES_SHOWN:]


def main():
    for path in sys.argv[1:]:
        try:
            tests = list(failed(path))
        except (OSError, xml.etree.ElementTree.ParseError) as error:
            print(f"{path}: {error}")
            continue
        for name, output in tests:
            print(f"== failed: {name} ({path})")
            print("\n".join(shortened(output.splitlines())))


if __name__ == "__main__":
    main()
