# SPDX-License-Identifier: Apache-2.0
"""Keeps a run to itself: own network, own processes, no right to set a clock."""
import os
import pathlib
import signal
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[3]
_MARK = "SLEWD_E2E_INSIDE"


def enter():
    """Starts this program again as the first process of network and process namespaces of its own,
    without CAP_SYS_TIME, and returns there, with a folder that is empty and goes away afterwards.
    There is a loopback and nothing else, so no port can collide and nothing leaves the machine; and
    whatever was started ends with this program, however it ends."""
    if _MARK in os.environ:
        # The first process of a namespace has no default action for signals.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
        return os.environ[_MARK]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    # Short, since unix socket paths are limited to 107 bytes.
    with tempfile.TemporaryDirectory(prefix="slewd-e2e-") as folder:
        inside = subprocess.Popen(
            [ROOT / "tests" / "without_time_capability", "setpriv", "--pdeathsig", "KILL",
             "unshare", "--net", "--pid", "--mount-proc", "--fork", "--kill-child", "sh", "-c",
             'ip link set lo up && exec "$@"', "sh", sys.executable, *sys.argv],
            env={**os.environ, _MARK: folder})
        try:
            sys.exit(inside.wait())
        finally:
            inside.kill()  # unshare heeds no gentler signal
            inside.wait()


def add_address(address):
    """Gives this namespace's loopback an address: the guest's network hands packets on to it."""
    subprocess.run(["ip", "address", "add", address + "/32", "dev", "lo"], check=True)
