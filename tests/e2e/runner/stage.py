# SPDX-License-Identifier: Apache-2.0
"""What all cases share: servers, the guest with the package on it, and the way back to its start."""
import contextlib
import json
import pathlib
import subprocess
import time

from . import namespace, truth
from .guest import Guest
from .ntp_server import NtpServer
from .slewd import Slewd

SERVER = "192.0.2.10"
RIVAL_SERVER = "192.0.2.11"  # of the chronyd in the guest
_TOOLS = {"clk": ("clk.cpp",), "jump_probe": ("jump_probe.cpp", "http_get.cpp"),
          "imap_watch": ("imap_watch.cpp", "loopback.cpp"),
          "http_watch": ("http_watch.cpp", "loopback.cpp"),
          "dies_of_steps": ("dies_of_steps.cpp",)}
EVERY_SUITE = ("clk", "jump_probe")


def _compile_tools(folder, names):
    sources = namespace.ROOT / "tests" / "e2e" / "tools"
    for name in names:
        # Static: a guest of another Debian would lack this machine's libraries.
        subprocess.run(["g++", "-std=c++20", "-O2", "-Wall", "-Wextra", "-Werror", "-static", "-s",
                        "-I", str(namespace.ROOT), "-o", str(folder / name),
                        *(str(sources / file) for file in _TOOLS[name])], check=True)


class Stage:
    def __init__(self, folder, image, package, more_tools=()):
        self.folder, self.package = pathlib.Path(folder), package
        self._tools = (*EVERY_SUITE, *more_tools)
        _compile_tools(self.folder, self._tools)
        self.server = NtpServer(self.folder, SERVER)
        self.rival_server = NtpServer(self.folder, RIVAL_SERVER)
        self.guest = Guest(image, self.folder)
        self.slewd = Slewd(self.guest, [SERVER])

    def boot(self):
        """A fresh system, not yet with slewd on it. Returns how long it took."""
        begun = time.monotonic()
        self.guest.start()
        self.guest.run("systemctl is-system-running --wait || true", within=120)
        booted = time.monotonic() - begun
        for tool in self._tools:
            self.guest.push(self.folder / tool, "/usr/local/bin/" + tool)
        self.guest.run("systemd-run --quiet --unit clk-serve clk serve 5001")
        self.guest.wait("clk serves", "systemctl is-active --quiet clk-serve")
        truth.align(self.guest)
        self.server.ready()
        self.rival_server.ready()
        return booted

    def keep(self):
        """Takes the snapshot: slewd is installed, does not run, and remembers nothing. A running
        one would be told by its battery clock that it was taken back in time."""
        self.guest.run("systemctl stop slewd && rm -rf /var/lib/slewd/* && clk tick 10000 && "
                       "clk frequency 0 && journalctl --quiet --rotate && "
                       "journalctl --quiet --vacuum-time=1s", within=60)
        self.guest.keep()

    def restore(self, offset=0.0, **configuration):
        """The snapshot, with its clock right but for `offset` seconds, and slewd configured."""
        self.guest.restore()
        truth.align(self.guest, offset)
        self.slewd.configure(**configuration)

    def step(self, seconds):
        """Steps the guest's clock as a stranger would; returns when and by how much."""
        return json.loads(self.guest.run(f"clk step {seconds}"))

    def uptime(self):
        """Seconds since the guest's boot."""
        return float(self.guest.run("cut -d ' ' -f 1 /proc/uptime"))

    def explain(self):
        """What slewd's journal holds, for a case that was broken off."""
        with contextlib.suppress(AssertionError, OSError):
            return "\n".join(self.slewd.journal().splitlines()[-30:])
        return self.guest.console()

    def close(self):
        self.guest.stop()
        self.server.stop()
        self.rival_server.stop()
