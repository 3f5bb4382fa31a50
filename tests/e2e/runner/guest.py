# SPDX-License-Identifier: Apache-2.0
"""A QEMU guest with a kernel clock of its own, which may be stepped and slewed as one likes. Always
software emulation: KVM would share the processor's clock with this machine, and need not be there."""
import contextlib
import os
import pathlib
import re
import shlex
import socket
import subprocess
import time

from . import qmp

AGENT_PORT = 2222
CLOCK_PORT = 5001
READY = "ready"  # the snapshot that cases start from
_UNHEARD = 20  # seconds at least in which slewd asks in vain, on a busy machine that boots slowly
_END = "\x1e"  # ends an answer; no command's output holds it
# The clocksource is named: left to itself the kernel begins with an emulated TSC that is 1000 ppm off.
_KERNEL = ("console=ttyS0 quiet root=/dev/vda rw panic=-1 mitigations=off audit=0 nowatchdog "
           "random.trust_cpu=1 systemd.show_status=0 tsc=unstable clocksource=hpet")


class GuestError(AssertionError):
    pass


class GuestSilent(GuestError):
    """The guest as a whole does not answer; slewd has nothing to do with that, as far as one knows."""


class Guest:
    """One guest on a copy-on-write disk in `folder`, over the image that build_image has made."""

    def __init__(self, image, folder):
        self._image = pathlib.Path(image)
        self._folder = pathlib.Path(folder)
        self._disk = self._folder / "disk.qcow2"
        self._kept_disk = self._folder / "kept.qcow2"
        self._process = self._qmp = self._shell = None
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw",
                        "-b", str(self._image / "rootfs.ext4"), str(self._disk)], check=True)

    # ---- life

    def start(self, snapshot=None, within=240, battery_clock="", kernel="", unplugged=0):
        """`battery_clock`: what it says at the start, as an ISO date and time of UTC; this machine's
        time if empty. `kernel`: words for its command line. `unplugged`: for so many seconds its
        network card has no cable, and until slewd has been up for some. Returns when it had one,
        by this machine's wall clock."""
        if unplugged:
            kernel += " systemd.show_status=1"  # the console is all there is to see then
        forwards = (f"hostfwd=tcp:127.0.0.1:{AGENT_PORT}-:{AGENT_PORT},"
                    f"hostfwd=udp:127.0.0.1:{CLOCK_PORT}-:{CLOCK_PORT}")
        command = [
            "qemu-system-x86_64", "-accel", "tcg,thread=multi,tb-size=256", "-machine", "q35",
            "-cpu", "max", "-smp", "2", "-m", "384", "-nodefaults", "-no-user-config",
            "-display", "none", "-no-reboot", "-kernel", str(self._image / "vmlinuz"),
            "-initrd", str(self._image / "initrd.cpio.gz"), "-append", f"{_KERNEL} {kernel}",
            "-drive", f"file={self._disk},format=qcow2,if=none,id=disk,cache=unsafe",
            "-device", "virtio-blk-pci,drive=disk", "-device", "virtio-rng-pci",
            "-netdev", f"user,id=net,net=10.0.2.0/24,ipv6=off,{forwards}",
            "-device", "virtio-net-pci,netdev=net", "-serial", f"file:{self._folder}/console.log",
            "-qmp", f"unix:{self._folder}/qmp,server=on,wait=off"]
        if snapshot:
            command += ["-loadvm", snapshot]
        if battery_clock:
            command += ["-rtc", f"base={battery_clock}"]
        with open(self._folder / "qemu.log", "wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                             stderr=log)
        plugged = self._plug_in_after(unplugged) if unplugged else time.time()
        self._await_agent(within)
        return plugged

    def _plug_in_after(self, seconds):
        begun = time.monotonic()
        if not self.poll(lambda: (self._folder / "qmp").exists(), within=30, every=0.01):
            raise GuestError("QEMU has no control socket")
        self.qmp.monitor("set_link net off")
        if not self.poll(lambda: re.search(r"Started \S*slewd\.service", self.console()), within=240):
            raise GuestSilent(f"slewd has not started: {self.console()}")
        time.sleep(max(_UNHEARD, seconds - (time.monotonic() - begun)))
        self.qmp.monitor("set_link net on")
        return time.time()

    def _await_agent(self, within):
        """QEMU accepts connections whoever listens in the guest: only an answer counts."""
        end = time.monotonic() + within
        while True:
            if self._process.poll() is not None:
                log = (self._folder / "qemu.log").read_text("utf-8", "replace")
                raise GuestError(f"QEMU has ended: {log}{self.console()}")
            with contextlib.suppress(OSError, GuestError):
                if self.run("echo here", within=10) == "here\n":
                    return
            if time.monotonic() > end:
                raise GuestSilent(f"the guest has not answered in {within} s: {self.console()}")
            time.sleep(0.1)

    def stop(self):
        self._hang_up()
        if self._process and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def keep(self):
        """Takes the snapshot that restore() goes back to, and ends."""
        self.run("sync; echo 3 >/proc/sys/vm/drop_caches")
        self._hang_up()
        self.qmp.monitor("savevm " + READY)
        self.qmp.command("quit")  # so that all of the snapshot is in the file
        self._process.wait(60)
        self._disk.rename(self._kept_disk)

    def keep_disk(self):
        """Shuts the guest down; boot() starts from its disk."""
        with contextlib.suppress(GuestSilent):
            self.attempt("systemctl poweroff")
        self._hang_up()
        self._process.wait(120)
        self._disk.rename(self._kept_disk)

    def boot(self, within=240, **how):
        """A boot from power off, on the kept disk as it was: nothing of the last case is left. See
        start()."""
        self.stop()
        for file in (self._disk, self._folder / "qmp", self._folder / "console.log"):
            file.unlink(missing_ok=True)
        subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "qcow2",
                        "-b", str(self._kept_disk), str(self._disk)], check=True)
        return self.start(within=within, **how)

    def restore(self, within=60):
        """The snapshot, in a new QEMU on a copy of the disk: nothing of the last case is left."""
        self.stop()
        subprocess.run(["cp", "--sparse=always", str(self._kept_disk), str(self._disk)], check=True)
        self.start(READY, within)

    @property
    def qmp(self):
        if self._qmp is None:
            self._qmp = qmp.Qmp(str(self._folder / "qmp"))
        return self._qmp

    def console(self):
        with contextlib.suppress(OSError):
            return (self._folder / "console.log").read_text("utf-8", "replace")[-3000:]
        return ""

    # ---- commands

    def _hang_up(self):
        if self._shell is not None:
            self._shell.close()
            self._shell = None
        if self._qmp is not None:
            self._qmp.close()
            self._qmp = None

    def attempt(self, script, within=60):
        """Runs a bash script as root in the guest: exit status, and what it wrote. The connection
        is kept: a new one costs the start of a bash, some 0.3 s here."""
        answer = b""
        try:
            if self._shell is None:
                self._shell = socket.create_connection(("127.0.0.1", AGENT_PORT), timeout=5)
            self._shell.settimeout(within)
            self._shell.sendall(
                f"(\n{script}\n) </dev/null 2>&1; printf '\\036%d\\n' $?\n".encode())
            while not (_END.encode() in answer and answer.endswith(b"\n")):
                chunk = self._shell.recv(65536)
                if not chunk:
                    raise OSError("the connection was closed")
                answer += chunk
        except OSError as error:
            self._hang_up()
            raise GuestSilent(f"{error} after {answer[-300:]!r} of: {script}") from error
        text, _, status = answer.decode("utf-8", "replace").rpartition(_END)
        return int(status), text

    def run(self, script, within=60):
        """What the script wrote; it has to succeed."""
        status, text = self.attempt(script, within)
        if status != 0:
            raise GuestError(f"exit status {status} of: {script}\n{text}")
        return text

    def wait(self, what, script, within=30, every=0.1):
        """Polls until the script succeeds, and returns what it wrote."""
        end = time.monotonic() + within
        while True:
            status, text = self.attempt(script)
            if status == 0:
                return text
            if time.monotonic() > end:
                raise GuestError(f"not within {within} s: {what}\n{text}")
            time.sleep(every)

    @staticmethod
    def poll(condition, within, every=0.1):
        """Whether the condition became true in time."""
        end = time.monotonic() + within
        while not condition():
            if time.monotonic() > end:
                return False
            time.sleep(every)
        return True

    def push(self, source, target, mode="755", within=120):
        """Copies a file into the guest: bash reads its commands byte by byte, so that head gets
        exactly the bytes that follow the line."""
        content = pathlib.Path(source).read_bytes()
        name = shlex.quote(target)
        with socket.create_connection(("127.0.0.1", AGENT_PORT), timeout=5) as link:
            link.settimeout(within)
            link.sendall(f"head -c {len(content)} >{name} && chmod {mode} {name} && echo pushed; "
                         "exit\n".encode() + content)
            answer = b""
            while chunk := link.recv(4096):
                answer += chunk
        if answer != b"pushed\n":
            raise GuestError(f"cannot copy {os.path.basename(source)}: {answer!r}")
