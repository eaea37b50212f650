"""Breaks each rule of the tree in a copy of it, and sees check_tree.py name the breach."""

import pathlib
import shutil
import subprocess
import sys
import tempfile

SOURCE = pathlib.Path(sys.argv[1])

# A row behind the last table.
TO_ADD = "\n| to add | touch | besides | as for |\n|---|---|---|---|\n| a thing | {} | | {} |"

# What is done to which file, and what the check must say. None: a new file.
BREACHES = [
    ("agent/spool/spool.cc", '#include "collector/limits.h"',
     'agent/spool may not include "collector/limits.h"'),
    ("agent/spool/spool.cc", '#include "proto/godwit/v1/device.pb.h"',
     'agent/spool may not include "proto/godwit/v1/device.pb.h"'),
    ("agent/device/trial.cc", '#include "platform/linux/linux_clock.h"',
     'agent/device may not include "platform/linux/linux_clock.h"'),
    ("agent/device/trial.cc", '#include "agent/uplink/grpc/channel.h"',
     'agent/device may not include "agent/uplink/grpc/channel.h"'),
    ("agent/uplink/uploader.cc", '#include "agent/sampling/sampler.h"',
     'agent/uplink may not include "agent/sampling/sampler.h"'),
    ("agent/sensors/factories.h", '#include "platform/linux/linux_clock.h"',
     'agent/sensors may not include "platform/linux/linux_clock.h"'),
    ("collector/ingest/ingest.cc", '#include "agent/limits.h"',
     'collector/ingest may not include "agent/limits.h"'),
    ("codec/table.cc", '#include "platform/clock.h"', 'codec may not include "platform/clock.h"'),
    ("base/text.cc", '#include "codec/value.h"', 'base may not include "codec/value.h"'),
    ("agent/uplink/uploader.cc", "#include <grpcpp/grpcpp.h>", "<grpcpp/grpcpp.h> lives in"),
    ("collector/fleet/status.cc", "#include <boost/beast/http.hpp>", "<boost/beast/http.hpp> lives in"),
    ("agent/agent.cc", "#include <uv.h>", "<uv.h> lives in platform/uv only"),
    ("cli/device_commands.cc", "#include <spdlog/spdlog.h>", "<spdlog/spdlog.h> lives in base/log.cc"),
    ("base/ip_network.h", "class Drifting {\n};", "nothing says which threads may use Drifting"),
    ("codec/table.cc", "std::multimap<int, int> x;", "std::multimap needs #include <map>"),
    ("base/log_lines.cc", "#include <mutex>", "<mutex> lives in base/mutex.h only"),
    ("agent/sampling/sampler.cc", "auto now = absl::Now();", "banned here: reading a clock"),
    ("collector/ingest/ingest.cc", "std::thread worker;", "banned here: threads"),
    ("agent/spool/spool.cc", "auto* file = fopen(path, mode);", "banned here: files"),
    ("platform/linux/spawner.cc", "auto n = sendmsg(fd, &message,\n    0);", "MSG_NOSIGNAL"),
    ("codec/table.cc", "class TableManager {};", "a name that says nothing"),
    ("codec/table.cc", "int x;  // TO" "DO: later", "an open end"),
    ("codec/table.cc", "// " + "x" * 120, "columns; the limit is 100"),
    ("collector/store/store.h", "class Wide {\n" + "  virtual void Do() = 0;\n" * 9 + "};",
     "Wide has 9 functions to implement"),
    ("README.md", "[gone](docs/no-such-page.md)", "a dead link"),
    ("tests/unit/base/never_built_test.cc", None, "no CMakeLists.txt names it"),
    ("cli/device_commands.cc", "// set-log-level", 'has a word of "a command kind"'),
    ("agent/main.cc", "// file->Sync() is called here", 'has a word of "What happens when'),
    ("docs/architecture.md", TO_ADD.format("`base/no_such_file.h`", "`set-log-level`"), "is not there"),
    ("docs/architecture.md", TO_ADD.format("`base/text.h`", "`set-log-level`"), "none of the words"),
    ("docs/architecture.md", TO_ADD.format("`base/text.h`", "`zz-nowhere`"), "no file has"),
    ("docs/architecture.md", TO_ADD.format("`base/text.h`", ""), "a row without a word"),
]

# The same for phrases that are refused, all at once.
PHRASES = [
    ("README.md", "The reason is told.", '"told" is refused'),
    ("README.md", "the collector of\nbefore", '"of before" is refused'),
    ("docs/store.md", "What becomes of it?", "write instead: the result of"),
    ("config/agent.toml", "# of which\n# not", '"of which not" is refused'),
    ("config/agent.schema.json", '{"description": "So often."}', '"So often" is refused'),
    ("cli/when.cc", 'constexpr char kA[] = "whoever asks";', '"whoever" is refused'),
    ("cli/when.cc", 'constexpr char kA[] = "it is given "\n    "up";', '"given up" is refused'),
    ("settings/merge.cc", 'auto a = Cat("x", b, "\\nis there twice");', '"is there twice" is refused'),
    ("tests/sim/world.cc", 'constexpr char kA[] = "it tells";', '"tells" is refused'),
    ("bench/load_device.h", "// The folders of\n// before.", '"of before" is refused'),
    ("agent/agent.cc", "/* It is read in vain. */", '"in vain" is refused'),
    ("proto/godwit/v1/device.proto", "// Of these seqs.", '"seqs" is refused'),
]


def check(root):
    return subprocess.run([sys.executable, root / "tests/tidy/check_tree.py", root],
                          capture_output=True, text=True)


def copy_of_the_tree(target):
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=SOURCE,
                            check=True, capture_output=True, text=True).stdout.split("\n")
    for path in filter(None, listed):
        if (SOURCE / path).is_file():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(SOURCE / path, target / path)
    subprocess.run(["git", "init", "-q"], cwd=target, check=True)


def main():
    with tempfile.TemporaryDirectory(prefix="godwit-tidy-") as folder:
        root = pathlib.Path(folder)
        copy_of_the_tree(root)
        clean = check(root)
        assert clean.returncode == 0, clean.stdout
        for path, line, expected in BREACHES:
            file = root / path
            before = file.read_text() if line is not None else None
            file.write_text((before or "") + (line or "int main() {}") + "\n")
            result = check(root)
            assert result.returncode == 1, f"not noticed: {path}: {line}"
            assert any(found.startswith(path + ":") and expected in found
                       for found in result.stdout.splitlines()), (expected, result.stdout)
            if before is None:
                file.unlink()
            else:
                file.write_text(before)
        for path, line, _ in PHRASES:
            with (root / path).open("a") as file:
                file.write(line + "\n")
        found = check(root).stdout.splitlines()
        for path, line, expected in PHRASES:
            assert any(each.startswith(path + ":") and expected in each for each in found), (line, found)
    print(f"{len(BREACHES)} breaches and {len(PHRASES)} phrases, each named")


main()
