"""The Debian packages of this build: what they ask for, what they hold, and what checkers say."""

import gzip
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

BUILD = pathlib.Path(os.environ["GODWIT_BIN"]).parent
SOURCE = pathlib.Path(os.environ["GODWIT_SOURCE"])
NAMES = ("godwit-agent", "godwit-collector", "godwit")


def output_of(*command, **options):
    return subprocess.run([str(part) for part in command], check=True, capture_output=True,
                          text=True, **options).stdout


def make(folder):
    output_of("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder,
         "-D", f"CPACK_OUTPUT_FILE_PREFIX={folder}", cwd=folder,
         env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
    return {path.name.split("_")[0]: path for path in folder.glob("*.deb")}


def field(package, name):
    return output_of("dpkg-deb", "-f", package, name).strip()


def asks_for_what_it_is_linked_with(packages):
    assert field(packages["godwit-agent"], "Depends") == "adduser"
    for name in ("godwit-collector", "godwit"):
        depends = field(packages[name], "Depends")
        for library in ("libc6 (>= 2.36)", "libgrpc++1.51 (>= 1.51", "libssl3", "libprotobuf-lite32"):
            assert library in depends, (name, library, depends)
    assert "libsqlite3-0" in field(packages["godwit-collector"], "Depends")


def holds(root, packages):
    for package in packages.values():
        output_of("dpkg-deb", "-x", package, root)
    for path in ("usr/bin/godwit", "usr/lib/systemd/system/godwit-agent.service",
                 "usr/lib/sysusers.d/godwit-agent.conf", "usr/lib/tmpfiles.d/godwit-agent.conf",
                 "usr/share/bash-completion/completions/godwit-agent",
                 "usr/share/zsh/vendor-completions/_godwit", "etc/godwit/conf.d"):
        assert (root / path).exists(), path
    for page in ("man1/godwit.1", "man8/godwit-agent.8", "man8/godwit-collector.8"):
        text = gzip.open(root / f"usr/share/man/{page}.gz", "rt").read()
        assert text.startswith(".TH ") and ".SH COMMANDS" in text, page
    for completion in (root / "usr/share/bash-completion/completions").iterdir():
        output_of("bash", "-n", completion)
    assert (root / "etc/godwit/agent.toml").read_text() == (SOURCE / "config/agent.toml").read_text()


def settings_are_the_owners(packages):
    for name, path in (("godwit-agent", "/etc/godwit/agent.toml"),
                       ("godwit-collector", "/etc/godwit-collector/collector.toml")):
        assert output_of("dpkg-deb", "-I", packages[name], "conffiles").split() == [path]
        for script in ("postinst", "prerm", "postrm"):
            output_of("sh", "-n", "/dev/stdin", input=output_of("dpkg-deb", "-I", packages[name], script))


def names_the_next_step(packages, folder):
    """The scripts run with programs that do nothing in place of those that change a system."""
    harmless = folder / "harmless"
    harmless.mkdir()
    for name in ("systemd-sysusers", "install", "deb-systemd-helper", "deb-systemd-invoke", "systemctl"):
        (harmless / name).symlink_to("/bin/true")
    for name, step in (("godwit-agent", "/etc/godwit/conf.d/local.toml"),
                       ("godwit-collector", "/etc/godwit-collector/conf.d/local.toml")):
        script = output_of("dpkg-deb", "-I", packages[name], "postinst")
        environment = {"PATH": f"{harmless}:/usr/bin:/bin"}
        first = output_of("sh", "-s", "configure", "", input=script, env=environment)
        assert step in first, first
        upgrade = output_of("sh", "-s", "configure", "0.1.0", input=script, env=environment)
        assert upgrade == "", upgrade


def says_what_it_is_made_of(root):
    folder = root / "usr/share/doc/godwit-agent"
    spdx = json.loads((folder / "godwit-agent.spdx.json").read_text())
    cdx = json.loads((folder / "godwit-agent.cdx.json").read_text())
    parts = {each["name"]: each for each in cdx["components"]}
    for name in ("libgrpc-dev", "libssl-dev", "libc6-dev", "libzstd-dev", "libuv1-dev",
                 "libtomlplusplus-dev"):
        assert parts[name]["version"] and parts[name]["licenses"], name
    assert {each["name"] for each in spdx["packages"]} == set(parts) | {"godwit-agent"}
    named = {each["SPDXID"] for each in spdx["packages"]}
    assert all(each["relatedSpdxElement"] in named for each in spdx["relationships"])
    assert "LGPL" in (folder / "copyright").read_text()


def same_bytes_each_time(folder, packages):
    again = folder / "again"
    again.mkdir()
    for name, package in make(again).items():
        assert package.read_bytes() == packages[name].read_bytes(), name


def exposure(unit):
    report = output_of("systemd-analyze", "security", "--offline=true", unit)
    return float(re.search(r"exposure level for \S+: ([\d.]+)", report).group(1))


def checkers_are_content(packages):
    if shutil.which("lintian"):
        found = subprocess.run(["lintian", "--fail-on", "error,warning", *map(str, packages.values())],
                               capture_output=True, text=True)
        assert found.returncode == 0, found.stdout
    if shutil.which("systemd-analyze"):
        # To read whether the clock is synchronised counts three times 0.1, as if it were to set it.
        for name, most in (("godwit-agent", 1.8), ("godwit-collector", 1.6)):
            level = exposure(SOURCE / f"packaging/systemd/{name}.service")
            assert level <= most, (name, level)
            print(f"{name}.service: exposure {level}")


def main():
    with tempfile.TemporaryDirectory(prefix="godwit-packages-") as name:
        folder = pathlib.Path(name)
        packages = make(folder)
        assert set(packages) == set(NAMES), packages
        root = folder / "root"
        root.mkdir()
        asks_for_what_it_is_linked_with(packages)
        holds(root, packages)
        settings_are_the_owners(packages)
        names_the_next_step(packages, folder)
        says_what_it_is_made_of(root)
        checkers_are_content(packages)
        same_bytes_each_time(folder, packages)


main()
