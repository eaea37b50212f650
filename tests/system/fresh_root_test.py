"""A stranger's machine: a Debian where nothing is installed, a checkout, `./dev up`.

Makes a Debian root with mmdebstrap, clones the tree into it and runs `./dev up --once` there: that
installs the packages, builds, and ends with the machine's values read back from the collector. Where
no such root can be made (not root, no package mirror), the test says why and is skipped.

The tree lies elsewhere there: the agent has the same bytes as this one's all the same, where compiler and
libraries are of the same versions.

fresh_root_test.py cross ARCH FOLDER runs `./dev cross ARCH` instead, and leaves the packages in FOLDER.
"""

import filecmp
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

SKIPPED = 77  # as tests/CMakeLists.txt tells ctest
SOURCE = pathlib.Path(os.environ["GODWIT_SOURCE"])
# Only to save time: the compiler in there is the same, and what it made there is kept.
CCACHE = pathlib.Path(os.environ.get("CCACHE_DIR", pathlib.Path.home() / ".cache/ccache"))


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIPPED)


def run(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, **options)


def sources():
    """This machine's own package sources, as text for mmdebstrap."""
    found = sorted(pathlib.Path("/etc/apt").glob("sources.list*")) + sorted(
        pathlib.Path("/etc/apt/sources.list.d").glob("*.sources"))
    return [path for path in found if path.is_file()]


def make_root(root):
    keep_apt = [f"--setup-hook=mkdir -p \"$1/etc/apt\"; cp -rT {folder} \"$1{folder}\""
                for folder in ("/etc/apt/apt.conf.d", "/etc/apt/auth.conf.d")
                if pathlib.Path(folder).is_dir()]
    made = subprocess.run(
        ["mmdebstrap", "--variant=apt", "--mode=root", *keep_apt, "bookworm", str(root),
         *map(str, sources())], capture_output=True, text=True)
    if made.returncode != 0:
        skip(f"mmdebstrap cannot make a Debian root here: {made.stderr.strip()[-400:]}")


class Mounts:
    """/proc, /dev and the compiler cache inside the root, for as long as the test runs."""

    def __init__(self, root):
        self.points = [("proc", root / "proc", ["-t", "proc"]),
                       ("/dev", root / "dev", ["--bind"]),
                       (CCACHE, root / "ccache", ["--bind"])]

    def __enter__(self):
        for source, target, options in self.points:
            target.mkdir(parents=True, exist_ok=True)
            run("mount", *options, source, target)

    def __exit__(self, *_):
        for _, target, _ in reversed(self.points):
            subprocess.run(["umount", "-l", str(target)], check=False)


def in_root(root, *command, cache=""):
    """Runs it there as a stranger's shell would, with the compiler cache of that name."""
    return subprocess.run(
        ["chroot", str(root), "/usr/bin/env", "-i", "HOME=/root", "CCACHE_DIR=/ccache",
         f"CCACHE_NAMESPACE={cache}", "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
         # ccache tells languages apart
         f"LANG={os.environ.get('LANG', 'C.UTF-8')}",
         *proxy_settings(), *command], capture_output=True, text=True)


def versions(root):
    """Of all that goes into a program: libraries and compiler."""
    listed = in_root(root, "dpkg-query", "-W").stdout.splitlines()
    return {line for line in listed
            if re.match(r"(lib\S+-dev(:\S+)?|g\+\+-12|binutils\S*|protobuf-compiler\S*)\t", line)}


def installed_since(program):
    """The packages of `versions` that came to this machine after the program: package files are as old as
    their release, so ninja does not link again for them."""
    linked = program.stat().st_mtime
    return {name for name in (line.split("\t")[0] for line in versions("/"))
            for listed in pathlib.Path("/var/lib/dpkg/info").glob(f"{name}.list")
            if listed.stat().st_mtime > linked}


def same_bytes(root):
    changed = subprocess.run(["git", "-C", SOURCE, "status", "--porcelain"], check=True,
                             capture_output=True, text=True).stdout
    ours = pathlib.Path(os.environ["GODWIT_BIN"]) / "godwit-agent"
    other = versions(root) - versions("/") or installed_since(ours)
    if changed or other:
        print(f"the agents are not compared: {changed or other}")
        return
    theirs = root / "godwit/build/release/bin/godwit-agent"
    assert filecmp.cmp(ours, theirs, shallow=False), "two folders, and two different agents"
    print("the agent that was built there is the same, byte by byte")


def up(root):
    # Nothing that was compiled in this tree: it would be the same bytes for that reason alone.
    result = in_root(root, "/godwit/dev", "up", "--once", cache="fresh-root")
    print(result.stdout)
    print(result.stderr[-4000:], file=sys.stderr)
    assert result.returncode == 0, result.returncode
    assert "is not tested; continuing" not in result.stderr
    assert re.search(r"^system\.memory\.limit +\d+ +By", result.stdout, re.M)
    assert re.search(r"^system\.cpu\.load_average\.1m ", result.stdout, re.M)
    assert "To see more" in result.stdout
    same_bytes(root)


def cross(root, arch, out):
    result = in_root(root, "/godwit/dev", "cross", arch)
    print(result.stdout[-12000:])
    print(result.stderr[-4000:], file=sys.stderr)
    assert result.returncode == 0, result.returncode
    out.mkdir(parents=True, exist_ok=True)
    for package in (root / f"godwit/build/{arch}/packages").glob("*.deb"):
        shutil.copy(package, out)
        print(out / package.name)


def main():
    if os.geteuid() != 0:
        skip("only root can make and enter a Debian root")
    if shutil.which("mmdebstrap") is None or not sources():
        skip("mmdebstrap or the machine's package sources are missing")
    CCACHE.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="godwit-root-"))
    root = folder / "root"
    try:
        make_root(root)
        run("git", "clone", "-q", SOURCE, root / "godwit")
        shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
        if pathlib.Path("/etc/hosts").exists():
            shutil.copy("/etc/hosts", root / "etc/hosts")
        with Mounts(root):
            if sys.argv[1:2] == ["cross"]:
                cross(root, sys.argv[2], pathlib.Path(sys.argv[3]))
            else:
                up(root)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def proxy_settings():
    """How this machine reaches its package mirror, if through variables."""
    return [f"{name}={value}" for name, value in os.environ.items()
            if name.lower() in ("http_proxy", "https_proxy", "no_proxy")]


main()
