#!/usr/bin/env python3
"""The rules of the tree, executed: who may include whom, where heavy headers live, what is banned,
how long things may be. `check_tree.py ROOT` prints each breach as file:line: message and exits 1.

The table below is docs/architecture.md's; those of its tables that say where something goes are
checked by place_tables.py. What people read is checked by plain_english.py.
"""

import itertools
import pathlib
import re
import subprocess
import sys

import place_tables
import plain_english
import std_headers

# Folder -> what it may include besides itself and the C++ library. The longest matching folder rules.
MAY_INCLUDE = {
    "base": [],
    "platform": ["base"],
    "platform/linux": ["base", "platform/*.h"],
    "platform/uv": ["base", "platform/*.h"],
    "proto": ["base"],
    "codec": ["base"],
    "settings": ["platform/*.h", "base"],
    "agent": ["agent", "settings", "codec", "platform", "base"],
    "agent/limits.h": ["base", "codec"],
    "agent/sensors": ["agent/limits.h", "codec", "platform/*.h", "base"],
    "agent/sampling": ["agent/limits.h", "codec", "platform/*.h", "base"],
    "agent/spool": ["agent/limits.h", "platform/*.h", "base"],
    "agent/control": ["agent/uplink/command_receiver.h", "agent/uplink/options.h", "agent/uplink/outbox.h", "agent/uplink/proof.h", "agent/uplink/transport.h", "platform/*.h",
                      "proto", "base"],
    "agent/device": ["agent/limits.h", "agent/control", "agent/sampling", "agent/spool", "agent/uplink/*.h",
                     "settings", "platform/*.h", "base"],
    "agent/uplink": ["agent/limits.h", "agent/spool", "platform/*.h", "proto", "base"],
    "collector": ["collector", "codec", "settings", "proto", "platform", "base"],
    "collector/store": ["collector/limits.h", "collector/statistics.h", "codec", "platform/*.h",
                        "base"],
    "collector/http": ["collector/limits.h", "platform/linux/source_queue.h", "base"],
    "collector/orders": ["collector/limits.h", "collector/store", "codec", "platform/*.h", "base"],
    "collector/identity": ["collector/limits.h", "collector/statistics.h", "platform/*.h", "base"],
    "collector/ingest": ["collector/limits.h", "collector/statistics.h", "collector/identity",
                         "collector/store", "collector/orders/connected_devices.h", "codec",
                         "proto", "platform/*.h", "platform/linux/alarm.h",
                         "platform/linux/served_sockets.h", "base"],
    "collector/fleet": ["collector/limits.h", "collector/statistics.h",
                        "collector/identity/refused_callers.h", "collector/store", "codec", "proto",
                        "platform/*.h", "base"],
    "cli": ["proto", "base", "codec", "settings"],
    "bench": ["*"],
    "tests": ["*"],
}

# Third-party headers -> the only files or folders that may include them.
HOMES = {
    r"(grpcpp|grpc)/": ["agent/uplink/grpc", "collector/ingest/device_service.cc",
                        "collector/ingest/listener.cc", "collector/served_certificate.cc",
                        "collector/fleet/fleet_service.cc", "collector/fleet/page_reactor.h",
                        "collector/collector.cc", "cli/client", "proto/grpc_log.cc", "bench/load.cc"],
    r".*\.grpc\.pb\.h": ["agent/uplink/grpc", "collector/ingest/device_service.cc",
                         "collector/fleet/fleet_service.cc", "cli/client", "bench/load.cc"],
    r"spdlog/": ["base/log.cc"],
    r"toml\+\+/": ["settings/toml_reader.cc"],
    r"boost/": ["collector/http/http_server.cc", "bench/peers/remote_write.cc"],
    r"CLI/": ["settings/command_line.cc", "cli/command_line.cc"],
    r"nlohmann/": ["cli/output.cc", "settings/json_schema.cc", "agent/sensors/exec_lines.cc", "tests/reference/slow_query.cc"],
    r"uv\.h": ["platform/uv"],
    r"zstd\.h": ["codec/zstd_frame.cc"],
    r"sqlite3\.h": ["collector/store/sqlite.cc"],
    r"xxhash\.h": ["base/checksum.cc"],
    # Those of the standard library are not annotated for clang.
    r"(shared_)?mutex$|condition_variable$": ["base/mutex.h"],
    r"re2/": ["base/identity_map.cc", "base/program_template.cc"],
    r"openssl/": ["base/certificates.cc", "base/checksum.cc", "agent/uplink/grpc/tls_probe.cc"],
}

# In these folders time, chance, files and threads come through ports only.
PURE = ["agent", "codec", "collector/identity", "collector/ingest", "collector/orders", "collector/fleet", "collector/store"]
PURE_EXCEPT = ["agent/uplink/grpc", "agent/main.cc", "collector/ingest/listener.cc"]
BANNED = {
    r"\bstd::thread\b|\bstd::jthread\b|\bstd::async\b": "threads: take an Executor",
    r"\bsleep_for\b|\bsleep_until\b|\busleep\b|\bnanosleep\b|\babsl::SleepFor\b":
        "sleeping: use Executor::PostAfter",
    r"_clock::now\b|\babsl::Now\(|\bclock_gettime\b|\bgettimeofday\b|[^_\w]time\(nullptr\)":
        "reading a clock: take a Clock",
    r"\bstd::random_device\b|\brand\(\)|\bstd::mt19937": "chance: take a Random",
    r"\bfopen\b|\bstd::[io]?fstream\b|[^\w.>:]open\(": "files: take a FileSystem",
    r"\bgetenv\b": "the environment: take a setting",
}

# What the comment of a class says of threads.
CONFINEMENT = r"\bthreads?\b|\bthread-|confined|immutable|one thread"

# A peer that has gone must not end the program by SIGPIPE.
SOCKET_WRITE = r"(?<![\w.>])send(?:to|msg)?\([^;]*;"

# Names that say nothing (design: one word, one meaning).
EMPTY_NAMES = r"\b(class|struct)\s+\w*(Manager|Handler|Helper|Util|Utils)\b"

LINE_MAX = 100
FILE_LINES_MAX = 400
FILE_LINES_MAX_TESTS = 600
FUNCTION_LINES_MAX = 70
PORT_FUNCTIONS_MAX = 8


def covers(pattern, path):
    """Whether an entry of the tables (a folder, a file, "folder/*.h", "*") covers a path."""
    if pattern == "*":
        return True
    if pattern.endswith("/*.h"):
        folder = pattern[:-len("*.h")]
        return path.startswith(folder) and "/" not in path[len(folder):]
    return path == pattern or path.startswith(pattern + "/")


def folder_of(path):
    """The entry of MAY_INCLUDE that rules a file."""
    entries = [entry for entry in MAY_INCLUDE if covers(entry, path)]
    return max(entries, key=len) if entries else None


class Checker:
    def __init__(self, root):
        self.root = root
        self.breaches = []

    def breach(self, path, line, message):
        self.breaches.append(f"{path}:{line}: {message}")

    def check_includes(self, path, lines):
        rule = folder_of(path)
        if rule is None:
            return self.breach(path, 1, "its folder is not in the table of folders")
        allowed = [rule, *MAY_INCLUDE[rule]]
        for number, line in enumerate(lines, 1):
            found = re.match(r'\s*#\s*include\s+[<"]([^>"]+)[>"]', line)
            if not found:
                continue
            header = found[1]
            for pattern, homes in HOMES.items():
                if re.match(pattern, header) and not path.startswith(("tests/", "bench/")):
                    if not any(covers(home, path) for home in homes):
                        self.breach(path, number, f"<{header}> lives in {', '.join(homes)} only")
            ours = header.split("/")[0] in {entry.split("/")[0] for entry in MAY_INCLUDE} | {"proto"}
            if not ours or "/" not in header:
                continue
            # A folder's own entry covers what lies beneath it only where that has no entry.
            target = folder_of(header) or header
            own = target == rule
            if not own and not any(covers(entry, header) for entry in MAY_INCLUDE[rule]):
                self.breach(path, number, f'{rule} may not include "{header}" '
                                          f"(allowed: {', '.join(allowed)})")

    def check_std_headers(self, path, lines):
        if path.startswith("tests/"):
            return
        own = (self.root / path).with_suffix(".h")
        own_text = own.read_text() if path.endswith(".cc") and own.exists() else ""
        for header, name in std_headers.missing("\n".join(lines), own_text).items():
            self.breach(path, 1, f"{name} needs #include <{header}>")

    def check_confinement(self, path, lines):
        """The comment of a class, or of its header, says which threads may use it."""
        if not path.endswith(".h") or path.startswith(("tests/", "bench/")):
            return
        of_header = " ".join(itertools.takewhile(lambda line: line.startswith("//"), lines))
        comment = ""
        for number, line in enumerate(lines, 1):
            if line.startswith(("//", "template")):
                comment += " " + line
                continue
            found = re.match(r"class (?:ABSL_\w+ )?(\w+)(?: final)?(?: :|\s*\{)", line)
            if found and not re.search(CONFINEMENT, comment + of_header, re.I):
                self.breach(path, number, f"nothing says which threads may use {found[1]}: "
                                          "X-confined, thread-compatible or thread-safe")
            comment = ""

    def check_banned(self, path, lines):
        pure = any(covers(folder, path) for folder in PURE)
        if pure and not any(covers(entry, path) for entry in PURE_EXCEPT):
            for number, line in enumerate(lines, 1):
                code = line.split("//")[0]
                for pattern, instead in BANNED.items():
                    if re.search(pattern, code):
                        self.breach(path, number, f"banned here: {instead}")
        for number, line in enumerate(lines, 1):
            if re.search(EMPTY_NAMES, line):
                self.breach(path, number, "a name that says nothing")
            if re.search(r"\b(TODO|FIXME|XXX)\b", line):
                self.breach(path, number, "an open end: file an issue, or do it")
            if path.endswith(".h") and re.match(r"\s*using namespace", line):
                self.breach(path, number, "using namespace in a header")

    def check_socket_writes(self, path, lines):
        if path.startswith(("tests/", "bench/")):
            return
        text = "\n".join(line.split("//")[0] for line in lines)
        for found in re.finditer(SOCKET_WRITE, text):
            if "MSG_NOSIGNAL" not in found[0]:
                number = text[:found.start()].count("\n") + 1
                self.breach(path, number, "a socket is written with MSG_NOSIGNAL")

    def check_lengths(self, path, lines):
        for number, line in enumerate(lines, 1):
            if len(line) > LINE_MAX:
                self.breach(path, number, f"{len(line)} columns; the limit is {LINE_MAX}")
        limit = FILE_LINES_MAX_TESTS if path.startswith("tests/") else FILE_LINES_MAX
        if len(lines) > limit:
            self.breach(path, 1, f"{len(lines)} lines; the limit is {limit}")
        if path == "agent/agent.cc" and len(lines) > 250:
            self.breach(path, 1, "the composition root wires and decides nothing: 250 lines")
        start = None
        for number, line in enumerate(lines, 1):
            if re.match(r"[A-Za-z].*\)\s*(const|override|noexcept|\s)*\{$", line):
                start = number
            if line.startswith("}") and start is not None:
                if number - start + 1 > FUNCTION_LINES_MAX:
                    self.breach(path, start, f"a function of {number - start + 1} lines; the limit "
                                             f"is {FUNCTION_LINES_MAX}")
                start = None

    def check_ports(self, path, lines):
        """The store's ports are by role: one that has more to implement is two."""
        if not (path.startswith("collector/store/") and path.endswith(".h")):
            return
        text = "\n".join(lines)
        for found in re.finditer(r"^class (\w+)[^;{]*\{\n(.*?)^\};", text, re.M | re.S):
            functions = len(re.findall(r"\)\s*(?:const\s*)?= 0;", found[2]))
            if functions > PORT_FUNCTIONS_MAX:
                number = text[:found.start()].count("\n") + 1
                self.breach(path, number, f"{found[1]} has {functions} functions to implement; the limit "
                                          f"is {PORT_FUNCTIONS_MAX}")

    def check_built(self, files):
        """Every source file is named by a CMakeLists.txt: a test that is not built proves nothing."""
        named = "".join(path.read_text() for path in self.root.rglob("CMakeLists.txt")
                        if "build" not in path.relative_to(self.root).parts)
        for path in files:
            if path.endswith(".cc"):
                parts = path.split("/")
                tails = ["/".join(parts[i:]) for i in range(1, len(parts))]
                if not any(re.search(rf"(^|\s|\(){re.escape(tail)}($|\s|\))", named)
                           for tail in tails):
                    self.breach(path, 1, "no CMakeLists.txt names it")

    def check_links(self, files):
        for path in files:
            text = (self.root / path).read_text()
            for found in re.finditer(r"\]\(([^)#:\s]+)(#[^)]*)?\)", text):
                target = (self.root / path).parent / found[1]
                if not target.exists():
                    line = text[:found.start()].count("\n") + 1
                    self.breach(path, line, f"a dead link: {found[1]}")

    def run(self):
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=self.root,
                                check=True, capture_output=True, text=True).stdout.split("\n")
        files = [path for path in listed if path and (self.root / path).is_file()]
        sources = [path for path in files if path.endswith((".cc", ".h"))]
        for path in sources:
            lines = (self.root / path).read_text().splitlines()
            self.check_includes(path, lines)
            self.check_std_headers(path, lines)
            self.check_confinement(path, lines)
            self.check_banned(path, lines)
            self.check_socket_writes(path, lines)
            self.check_lengths(path, lines)
            self.check_ports(path, lines)
        self.check_built(sources)
        self.check_links([path for path in files if path.endswith(".md")])
        place_tables.check(self.root, files, self.breach)
        plain_english.check(self.root, files, self.breach)
        return sorted(self.breaches)


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    breaches = Checker(root).run()
    print("\n".join(breaches))
    print(f"{len(breaches)} breaches of the rules of the tree")
    sys.exit(1 if breaches else 0)


if __name__ == "__main__":
    main()
