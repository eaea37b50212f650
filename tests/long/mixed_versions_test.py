"""Programs of an earlier version beside those of this one. The scripts that are run are the earlier
version's own system tests, so they state what that version promised.

    mixed_versions_test.py devices      its agent and operator's command, this version's collector
    mixed_versions_test.py collector    its collector, this version's agent and operator's command
"""

import os
import subprocess
import sys

from earlier import THIS_BIN, TemporaryFolder, build_earlier

# Exactly once through kills; what operators see; commands through kills; pushed configurations.
SCRIPTS = ("straight_line", "operator", "commands", "trials")
PROGRAMS_OF_DEVICES = ("godwit-agent", "godwit")
SCRIPT_SECONDS = 600


def mixed_programs(folder, earlier_bin, earlier_programs):
    for program in ("godwit-agent", "godwit-collector", "godwit"):
        source = earlier_bin if program in earlier_programs else THIS_BIN
        (folder / program).symlink_to(source / program)
    # A tool of the tests; spools have one format.
    (folder / "fill_spool").symlink_to(THIS_BIN / "fill_spool")


def run_script(earlier_source, name, programs):
    script = earlier_source / "tests" / "system" / f"{name}_test.py"
    environment = {**os.environ, "GODWIT_BIN": str(programs), "GODWIT_SOURCE": str(earlier_source)}
    done = subprocess.run([sys.executable, str(script)], env=environment, timeout=SCRIPT_SECONDS,
                          capture_output=True, text=True, check=False)
    print(f"== {name}: exit code {done.returncode}\n{done.stdout}", flush=True)
    if done.returncode != 0:
        print(done.stderr, flush=True)
    return done.returncode == 0


def main():
    side = sys.argv[1] if len(sys.argv) == 2 else ""
    if side not in ("devices", "collector"):
        sys.exit(__doc__)
    earlier_bin = build_earlier()
    earlier_programs = PROGRAMS_OF_DEVICES if side == "devices" else ("godwit-collector",)
    with TemporaryFolder() as folder:
        mixed_programs(folder, earlier_bin, earlier_programs)
        failed = [name for name in SCRIPTS
                  if not run_script(earlier_bin.parents[2], name, folder)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


main()
