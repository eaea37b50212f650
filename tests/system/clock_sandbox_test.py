"""The shipped unit's filter of system calls, loaded as systemd loads it: beneath it the agent sees whether the clock is
synchronised, as it does without, and can set no clock."""

import ctypes
import ctypes.util
import errno
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

AGENT = pathlib.Path(os.environ["GODWIT_BIN"]) / "godwit-agent"
UNIT = pathlib.Path(os.environ["GODWIT_SOURCE"]) / "packaging/systemd/godwit-agent.service"
NOBODY = 65534
ALLOW, REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM  # as in seccomp.h
ADJ_FREQUENCY = 2
CLOCK_REALTIME = 0


def named_sets():
    """What @clock and its like stand for, by systemd itself."""
    sets, name = {}, None
    listed = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager"], check=True,
                            capture_output=True, text=True).stdout
    for line in re.sub(r"\x1b\[[0-9;]*m", "", listed).splitlines():
        if line.startswith("@"):
            name = line.strip()
            sets[name] = []
        elif line.startswith("    ") and not line.strip().startswith("#"):
            sets[name].append(line.strip())
        elif line.startswith("#"):
            break  # what belongs to no set
    return sets


def calls_of(names, sets):
    out = set()
    for name in names:
        out |= calls_of(sets[name], sets) if name.startswith("@") else {name}
    return out


def filters_of(unit):
    """(action of every other call, action of these, these), in the order in which systemd loads them."""
    sets = named_sets()
    allowed = set()
    for value in re.findall(r"^SystemCallFilter=(.*)$", unit, re.M):
        if value.startswith("~"):
            allowed -= calls_of(value[1:].split(), sets)
        else:
            allowed |= calls_of(value.split(), sets)
    filters = [(REFUSE, ALLOW, allowed | calls_of(["@default"], sets))]
    if re.search(r"^ProtectClock=yes$", unit, re.M):
        filters.insert(0, (ALLOW, REFUSE, calls_of(["@clock"], sets)))
    return filters


class Seccomp:
    def __init__(self):
        self.library = ctypes.CDLL("libseccomp.so.2")
        self.library.seccomp_init.restype = ctypes.c_void_p

    def load(self, otherwise, action, names):
        context = ctypes.c_void_p(self.library.seccomp_init(ctypes.c_uint32(otherwise)))
        for name in names:
            number = self.library.seccomp_syscall_resolve_name(name.encode())
            if number >= 0:  # this machine has it
                added = self.library.seccomp_rule_add(context, ctypes.c_uint32(action), number, 0)
                assert added == 0, (name, added)
        assert self.library.seccomp_load(context) == 0


def enter(filters):
    """Becomes what the service is: a user without capabilities, and the filters."""
    seccomp = Seccomp()
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    for each in filters:
        seccomp.load(*each)


def clock_line(folder, filters=()):
    said = subprocess.run([AGENT, "doctor", "--config", folder / "agent.toml"], capture_output=True,
                          text=True, preexec_fn=lambda: enter(filters))
    return re.search(r"^.* clock .*$", said.stdout, re.M)[0]


def refused(call):
    """Whether a call of libc fails with EPERM."""
    ctypes.set_errno(0)
    return call() == -1 and ctypes.get_errno() == errno.EPERM


def sets_no_clock(filters):
    """In a process of its own, for the filters stay."""
    child = os.fork()
    if child > 0:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    enter(filters)
    libc = ctypes.CDLL("libc.so.6", use_errno=True)
    now = (ctypes.c_long * 2)()
    reading, setting = (ctypes.c_byte * 512)(), (ctypes.c_byte * 512)()
    libc.clock_gettime(CLOCK_REALTIME, now)
    now[1] = 0  # as nanoseconds and as microseconds
    answers = libc.adjtimex(reading) >= 0
    ctypes.memmove(setting, reading, len(reading))
    setting[0] = ADJ_FREQUENCY  # to what it is
    ok = (answers and refused(lambda: libc.adjtimex(setting)) and
          refused(lambda: libc.clock_settime(CLOCK_REALTIME, now)) and
          refused(lambda: libc.settimeofday(now, None)))
    os._exit(0 if ok else 1)


def main():
    if os.geteuid() != 0 or not shutil.which("systemd-analyze") or not ctypes.util.find_library("seccomp"):
        print("needs root, systemd-analyze and libseccomp")
        sys.exit(77)
    filters = filters_of(UNIT.read_text())
    with tempfile.TemporaryDirectory(prefix="godwit-sandbox-") as name:
        folder = pathlib.Path(name)
        (folder / "agent.toml").write_text(f'[agent]\nid = "d"\nstate = "{folder}/state"\n[[sensors.agent]]\n')
        for path in (folder, folder / "agent.toml"):
            os.chown(path, NOBODY, NOBODY)
        inside, outside = clock_line(folder, filters), clock_line(folder)
        print(inside)
        assert inside == outside, (inside, outside)
        assert "does not answer" not in inside, inside
    assert sets_no_clock(filters)


main()
