"""A virtual machine of qemu's: a Debian whose disk can be cut off as a power cut does."""

import os
import pathlib
import shutil
import subprocess
import tarfile
import time

import write_log

# TCG runs everywhere, and is enough: a boot takes 20 s on x86-64. A KVM may be there and yet start no kernel
# (nested ones); where it does, GODWIT_VM_ACCEL=kvm is quicker.
ACCEL = os.environ.get("GODWIT_VM_ACCEL", "tcg")
COMMANDS = {
    "amd64": ["qemu-system-x86_64", "-machine", "pc", "-accel", ACCEL, "-cpu",
              "host" if ACCEL == "kvm" else "Nehalem"],
    "arm64": ["qemu-system-aarch64", "-machine", "virt", "-accel", "tcg", "-cpu", "cortex-a53"],
}
CONSOLES = {"amd64": "ttyS0", "arm64": "ttyAMA0"}
HOST = "10.0.2.2"  # this machine, as qemu's user network has it
MEMORY_MIB = 384
STATE_MIB = 96


class Machine:
    """Off until `start`. Its root is read only, or what is written to it goes with the machine
    (`changing`); what its program writes is on `state.img`. `forwarded`: {port here: port of it}."""

    def __init__(self, arch, root, folder, changing=False, forwarded=None):
        self.root_mode = "snapshot=on" if changing else "readonly=on"
        self.forwarded = "".join(f",hostfwd=tcp:127.0.0.1:{here}-:{there}"
                                 for here, there in (forwarded or {}).items())
        self.arch, self.root, self.folder = arch, pathlib.Path(root), pathlib.Path(folder)
        self.console = self.folder / "console"
        self.state = self.folder / "state.img"
        self.log = self.folder / "writes.log"
        self.host = self.folder / "host.tar"
        self.process = None
        with open(self.state, "wb") as image:
            image.truncate(STATE_MIB << 20)
        subprocess.run(["mke2fs", "-q", "-t", "ext4", "-L", "state", str(self.state)], check=True)

    def give(self, files):
        """What lies in /run/host of it at its next start: {name: text or path}."""
        with tarfile.open(self.host, "w") as tar:
            for name, content in files.items():
                if isinstance(content, pathlib.Path):
                    tar.add(content, name)
                    continue
                path = self.folder / "given"
                path.write_text(content)
                tar.add(path, name)
        # A disk has whole sectors, and a tar may be followed by anything.
        with open(self.host, "ab") as tar:
            tar.truncate((tar.tell() + 4095) // 4096 * 4096)

    def start(self, logged):
        """`logged`: all its writes are kept in their order, so that `cut` can lose some."""
        assert self.process is None
        self.console.write_text("")
        if logged:
            shutil.copyfile(self.state, self.folder / "before.img")
            self.log.unlink(missing_ok=True)
            self.log.touch()
        state = [f"driver=file,filename={self.state},node-name=file"]
        if logged:
            state += [f"driver=file,filename={self.log},node-name=log",
                      "driver=blklogwrites,file=file,log=log,node-name=state"]
        command = [
            *COMMANDS[self.arch], "-m", str(MEMORY_MIB), "-smp", "1", "-nographic", "-no-reboot",
            "-nodefaults", "-serial", f"file:{self.console}",
            "-kernel", str(self.root / "kernel"), "-initrd", str(self.root / "initrd"),
            "-append", f"root=LABEL=root ro console={CONSOLES[self.arch]} quiet panic=1 mitigations=off "
                       "nokaslr no_timer_check systemd.show_status=0 fsck.mode=skip systemd.journald.forward_to_console=1 "
                       "systemd.journald.max_level_console=debug",
            "-drive", f"file={self.root}/root.img,format=raw,if=virtio,{self.root_mode}",
            "-drive", f"file={self.host},format=raw,if=none,id=host,readonly=on",
            "-device", "virtio-blk-pci,drive=host,serial=host",
            *[word for each in state for word in ("-blockdev", each)],
            "-device", f"virtio-blk-pci,drive={'state' if logged else 'file'},write-cache=on",
            "-netdev", f"user,id=net,ipv6=off{self.forwarded}", "-device", "virtio-net-pci,netdev=net,romfile=",
            "-object", "rng-random,filename=/dev/urandom,id=rng", "-device", "virtio-rng-pci,rng=rng",
        ]
        errors = open(self.folder / "qemu.log", "ab")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors)
        return self

    def said(self):
        return self.console.read_text(errors="replace")

    def wait_for(self, text, seconds, unless=None):
        """Until it says `text`; at once an error when it says `unless`."""
        end = time.monotonic() + seconds
        while text not in self.said():
            failed = unless is not None and unless in self.said()
            if self.process.poll() is not None or time.monotonic() > end or failed:
                raise AssertionError(f"the machine did not say {text!r}; it said:\n{self.said()[-3000:]}"
                                     f"\n{(self.folder / 'qemu.log').read_text()}")
            time.sleep(0.05)

    def await_write(self, later):
        """Until something is written, and `later` requests more have come: a cut at any other moment
        finds everything flushed."""
        end = time.monotonic() + 3
        for _ in range(1 + later):
            before = self.log.stat().st_size
            while self.log.stat().st_size == before and time.monotonic() < end:
                pass

    def cut(self, choose=None):
        """Pulls the plug. Returns what the machine had said by then, and how much was lost: with
        `choose` (a random.Random) part of what was written and not flushed, as a disk's cache is."""
        if choose is not None:
            self.await_write(choose.randint(0, 3))
        self.process.kill()
        self.process.wait()
        self.process = None
        if choose is None:
            return self.said(), (0, 0)
        os.replace(self.folder / "before.img", self.state)
        return self.said(), write_log.replay(self.log, self.state, choose)
