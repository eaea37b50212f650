"""What can be seen of the recipes for Yocto and Buildroot without their build systems: the layer's files are read as
BitBake would read their lines, Config.in by kconfiglib, the makefile by make. Each dependency that CMake asks for is
named, each file that they install is there, and the unit's user is theirs."""

import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

DEBIANS_PYTHON = "/usr/bin/python3"
SOURCE = pathlib.Path(os.environ["GODWIT_SOURCE"])
YOCTO = SOURCE / "packaging/yocto/meta-godwit"
BUILDROOT = SOURCE / "packaging/buildroot"
# What the agent is linked with, as each calls it.
NEEDS = {"absl": ("abseil-cpp", "libabseil-cpp"), "cli11": ("cli11", "cli11"), "fmt": ("fmt", "fmt"),
         "grpc": ("grpc", "grpc"), "uv": ("libuv", "libuv"), "crypto": ("openssl", "openssl"),
         "protobuf": ("protobuf", "protobuf"), "re2": ("re2", "re2"), "spdlog": ("spdlog", "spdlog"),
         "xxhash": ("xxhash", "xxhash"), "zstd": ("zstd", "zstd")}
# Header-only libraries have no target of their own there.
HEADERS_ONLY = {"cli11", "fmt", "spdlog"}


def bitbake_variables(text):
    """{name: value} of a recipe's assignments, lines joined; anything else must be a known statement."""
    found = {}
    lines = iter(re.sub(r"\\\n", " ", text).splitlines())
    for line in lines:
        assignment = re.fullmatch(r'([A-Za-z_][\w:${}-]*)\s*(\?=|\.=|:append|\+=|=)\s*"(.*)"', line)
        if assignment:
            found[assignment[1]] = (found.get(assignment[1], "") + " " + assignment[3]).strip()
        elif re.fullmatch(r"\w+\(\) \{", line):  # a task, in shell
            body = []
            while (inside := next(lines)) != "}":
                body.append(inside)
            subprocess.run(["sh", "-n"], input="\n".join(body), text=True, check=True)
        else:
            assert not line.strip() or line.startswith(("#", "inherit ")), f"not BitBake: {line!r}"
    return found


def external_targets():
    cmake = (SOURCE / "cmake/Dependencies.cmake").read_text()
    return set(re.findall(r"^godwit_external\((\w+)", cmake, re.M)) - {"sqlite"}


def yocto():
    layer = bitbake_variables((YOCTO / "conf/layer.conf").read_text())
    assert layer["BBFILE_COLLECTIONS"] == "godwit" and "openembedded-layer" in layer["LAYERDEPENDS_godwit"]
    recipes = list(YOCTO.glob("recipes-*/*/*.bb"))
    assert len(recipes) == 1, recipes
    recipe = bitbake_variables(recipes[0].read_text())
    version = re.search(r"project\(godwit VERSION ([\d.]+)", (SOURCE / "CMakeLists.txt").read_text())[1]
    assert recipes[0].stem == f"godwit-agent_{version}", recipes[0].name
    name, digest = re.fullmatch(r"file://(\w+);md5=(\w+)", recipe["LIC_FILES_CHKSUM"]).groups()
    assert hashlib.md5((SOURCE / name).read_bytes()).hexdigest() == digest, "the license has changed"
    depends = recipe["DEPENDS"].split()
    for target in external_targets() | HEADERS_ONLY:
        assert NEEDS[target][0] in depends, (target, depends)
    for native in ("grpc-native", "protobuf-native"):
        assert native in depends, "the code generators run on the machine that builds"
    user = re.search(r"^u (\S+) ", (SOURCE / "packaging/systemd/godwit-agent.sysusers").read_text(), re.M)[1]
    assert recipe["USERADD_PARAM:${PN}"].endswith(f" {user}")
    assert (SOURCE / "packaging/systemd" / recipe["SYSTEMD_SERVICE:${PN}"]).exists()


def read_config_in():
    import kconfiglib
    with tempfile.TemporaryDirectory() as name:
        os.environ["BR2_EXTERNAL_GODWIT_PATH"] = str(BUILDROOT)
        main = pathlib.Path(name) / "Config.in"
        main.write_text(f'mainmenu "test"\nsource "{BUILDROOT}/Config.in"\n')
        tree = kconfiglib.Kconfig(str(main), warn=False)
    symbol = tree.syms["BR2_PACKAGE_GODWIT_AGENT"]
    assert symbol.type == kconfiglib.BOOL and symbol.nodes[0].prompt[0] == "godwit-agent"
    assert symbol.nodes[0].help
    return {selected.name for selected, _ in symbol.selects}


def read_makefile():
    """{variable: value}, and what the install commands name in the source, as make expands them."""
    script = f"""
BR2_EXTERNAL_GODWIT_PATH := {BUILDROOT}
INSTALL := install
TARGET_DIR := /target
define cmake-package
GODWIT_READ := yes
endef
include {BUILDROOT}/external.mk
.RECIPEPREFIX := >
print:
>@: $(if $(GODWIT_READ),,$(error cmake-package was not evaluated))
>$(info $(GODWIT_AGENT_DEPENDENCIES))
>$(info $(GODWIT_AGENT_SITE))
>$(info $(GODWIT_AGENT_INSTALL_TARGET_CMDS) $(GODWIT_AGENT_INSTALL_INIT_SYSV) $(GODWIT_AGENT_INSTALL_INIT_SYSTEMD))
"""
    printed = subprocess.run(["make", "-s", "--warn-undefined-variables", "-f", "-", "print"], input=script, text=True,
                          check=True, capture_output=True)
    depends, site, rest = printed.stdout.split("\n", 2)
    return depends.split(), pathlib.Path(site), rest


def buildroot():
    selects = read_config_in()
    depends, site, installs = read_makefile()
    assert site.resolve() == SOURCE.resolve(), site
    for target in external_targets() | HEADERS_ONLY:
        package = NEEDS[target][1]
        assert package in depends, (target, depends)
        assert f"BR2_PACKAGE_{package.upper().replace('-', '_')}" in selects, (target, selects)
    for native in ("host-grpc", "host-protobuf"):
        assert native in depends, native
    files = re.findall(r"-m \d+ (?:\./)?((?:config|packaging)/\S+)", installs)
    assert len(files) >= 3, installs
    for path in files:
        assert (SOURCE / path).is_file(), path


def main():
    yocto()
    try:
        buildroot()
    except ModuleNotFoundError as missing:
        # Debian's module is for Debian's Python.
        if sys.executable != DEBIANS_PYTHON and os.path.exists(DEBIANS_PYTHON):
            os.execv(DEBIANS_PYTHON, [DEBIANS_PYTHON, *sys.argv])
        print(f"skipped: {missing}")
        sys.exit(77)


main()
