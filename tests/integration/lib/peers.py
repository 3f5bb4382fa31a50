# SPDX-License-Identifier: Apache-2.0
"""Finds the real programs that the tests talk to: installed ones on PATH, else those that `./dev`
has unpacked below .cache/peers. Says plainly what is missing; on a CI machine that is a failure."""
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
UNPACKED = ROOT / ".cache" / "peers"
SKIPPED = 77  # SKIP_RETURN_CODE of every test here
_SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin:/sbin:/bin"
_FOLDERS = ("usr/sbin", "usr/bin", "sbin", "bin")


def skip(reason):
    """Ends the test: skipped on a developer's machine, failed where CI=true asks for everything."""
    if os.environ.get("CI") == "true":
        print("FAIL: " + reason + " (CI=true: nothing may be missing)", flush=True)
        sys.exit(1)
    print("SKIP: " + reason, flush=True)
    sys.exit(SKIPPED)


class Peer:
    """One program of another project and the environment that it needs where it lies."""

    def __init__(self, path, unpacked):
        self.path = str(path)
        self.unpacked = unpacked

    def environment(self):
        if not self.unpacked:
            return {}
        folders = [*(UNPACKED / "usr/lib").glob("*-linux-gnu*"),
                   *(UNPACKED / "lib").glob("*-linux-gnu*")]
        return {"LD_LIBRARY_PATH": ":".join(str(folder) for folder in folders)}

    def as_installed(self):
        """The start of a shell command under which the program is found as its package would have
        installed it: some have their folders compiled in. The unpacked tree is laid over /usr in
        a mount namespace of that command alone, which takes root."""
        if not self.unpacked:
            return f"exec {self.path}"
        overlay = f"mount -t overlay peers -o lowerdir={UNPACKED}/usr:/usr /usr"
        inside = ["unshare", "--mount", "sh", "-c", overlay]
        if subprocess.run(inside, stderr=subprocess.DEVNULL, check=False).returncode != 0:
            skip(f"{self.path} is only unpacked, and this user cannot mount it over /usr: "
                 "install its package or run as root")
        installed = "/" + str(pathlib.Path(self.path).relative_to(UNPACKED))
        return f"exec unshare --mount sh -c '{overlay} && exec {installed} \"$@\"' {installed}"


def find(name):
    """The peer called `name`, or None."""
    installed = shutil.which(name, path=_SYSTEM_PATH)
    if installed:
        return Peer(installed, unpacked=False)
    for folder in _FOLDERS:
        candidate = UNPACKED / folder / name
        if os.access(candidate, os.X_OK):
            return Peer(candidate, unpacked=True)
    return None


def require(name):
    """The peer called `name`; without it the test ends here."""
    peer = find(name)
    if peer is None:
        skip(f"{name} is neither on PATH nor below {UNPACKED}; `./dev test` provides it")
    return peer


def preload_library(variable="SLEWD_PRELOAD_LIBRARY"):
    """The library that CMake has built and names in `variable`: the clock, or the refusals
    (SLEWD_PRELOAD_REFUSALS)."""
    path = os.environ.get(variable, "")
    if not os.path.exists(path):
        skip(f"{variable} names no file; run this test through ctest")
    return path
