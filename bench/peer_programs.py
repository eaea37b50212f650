"""Where the programs of others come from: Debian's packages, or built here from their own Go modules into
build/bench/peers, once."""
import shutil
import subprocess

from measuring import ROOT

SETTINGS = ROOT / "bench/peers/agents"
BUILT = ROOT / "build/bench/peers"
OTEL_BUILDER = "go.opentelemetry.io/collector/cmd/builder@v0.160.0"
TELEGRAF = "github.com/influxdata/telegraf"
TELEGRAF_VERSION = "v1.37.2"
TELEGRAF_PLUGINS = ["custom", "outputs.opentelemetry", *(f"inputs.{name}" for name in (
    "cpu", "mem", "swap", "disk", "diskio", "net", "system", "kernel", "processes"))]


class Missing(Exception):
    """This one cannot be had here; says why."""


def installed(program, package):
    path = shutil.which(program)
    if path is None:
        raise Missing(f"no {program}: apt-get install {package}")
    return path


def go(*arguments, cwd=BUILT):
    BUILT.mkdir(parents=True, exist_ok=True)
    if shutil.which("go") is None:
        raise Missing("no go to build it with")
    done = subprocess.run(["go", *map(str, arguments)], cwd=cwd, capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"go {arguments[0]}: {done.stderr.strip().splitlines()[-1]}")


def otelcol():
    program = BUILT / "otelcol"
    if not program.exists():
        go("run", OTEL_BUILDER, "--config", SETTINGS / "otelcol-build.yaml", "--skip-compilation")
        go("build", "-trimpath", "-ldflags=-s -w", "-o", program, ".", cwd=BUILT / "otelcol-source")
    return program


def telegraf():
    program = BUILT / "telegraf"
    if not program.exists():
        BUILT.mkdir(parents=True, exist_ok=True)
        (BUILT / "go.mod").write_text("module peers\n\ngo 1.24\n")
        go("get", f"{TELEGRAF}@{TELEGRAF_VERSION}")
        go("build", "-mod=mod", "-trimpath", "-ldflags=-s -w", "-tags", ",".join(TELEGRAF_PLUGINS),
           "-o", program, f"{TELEGRAF}/cmd/telegraf")
    return program
