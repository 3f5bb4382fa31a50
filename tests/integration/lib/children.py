# SPDX-License-Identifier: Apache-2.0
"""Child processes that never outlive a test and can never move the machine's clock: each runs in
a process group of its own and without CAP_SYS_TIME; its output goes to a file that is shown when
the test fails."""
import contextlib
import ctypes
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

from . import peers

WITHOUT_TIME = str(peers.ROOT / "tests" / "without_time_capability")


def alive(pid):
    """Whether the process runs; a zombie does not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] not in ("Z", "X")
    except OSError:
        return False


def adopt_orphans():
    """Makes this process the one that reaps its descendants' orphans. A killed daemon stays a
    zombie until somebody does, and its successor takes a zombie for a running rival."""
    pr_set_child_subreaper = 36
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(pr_set_child_subreaper, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")


def kill_orphan(pid):
    """SIGKILL to an adopted process, and its burial."""
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def signal_quietly(pid, number):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


class Child:
    def __init__(self, name, argv, log, environment=None, directory=None):
        self.name = name
        self.log = log
        with open(log, "ab") as out:
            # The parent-death signal is for the worst case: this test itself is killed.
            self.process = subprocess.Popen(
                [WITHOUT_TIME, "setpriv", "--pdeathsig", "KILL", *argv],
                stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True,
                env={**os.environ, **(environment or {})}, cwd=directory)
        self.pid = self.process.pid

    def running(self):
        return self.process.poll() is None

    def signal(self, number):
        if self.running():
            signal_quietly(self.pid, number)

    def wait(self, within):
        """Exit status, negative for a signal; raises subprocess.TimeoutExpired."""
        return self.process.wait(timeout=within)

    def stop(self, within=10.0):
        """Asks, then insists; what is left of the group goes as well."""
        if self.running():
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(timeout=within)
            except subprocess.TimeoutExpired:
                pass
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(timeout=within)
        return self.process.returncode


class Scene:
    """One test's folder and everything it has started. Ends all of it, in reverse order, however
    the test ends, and shows the logs if it failed."""

    def __init__(self, title):
        self.title = title
        # Short, since unix socket paths are limited to 107 bytes; open, since servers give up
        # their privileges.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="slewd-", dir="/tmp"))
        self.folder.chmod(0o755)
        self._cleanups = contextlib.ExitStack()
        self.logs = []
        self._tellers = []

    def at_end(self, function, *arguments):
        self._cleanups.callback(function, *arguments)

    def at_failure(self, function):
        """Calls `function`, which prints what explains a failure, while everything still runs."""
        self._tellers.append(function)

    def path(self, name):
        return str(self.folder / name)

    def start(self, name, argv, environment=None):
        """Starts a child that dies with the scene."""
        log = self.path(name + ".log")
        self.show_on_failure(log)
        child = Child(name, argv, log, environment)
        self.at_end(child.stop)
        return child

    def show_on_failure(self, path):
        if path not in self.logs:
            self.logs.append(path)

    def _print_logs(self):
        for path in self.logs:
            with contextlib.suppress(OSError):
                lines = pathlib.Path(path).read_text("utf-8", "replace").splitlines()
                print(f"--- {path} (last {min(len(lines), 80)} of {len(lines)} lines)")
                print("\n".join(lines[-80:]))

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        failed = kind is not None and not (kind is SystemExit and error.code == peers.SKIPPED)
        signal.alarm(0)  # the clean-up is bounded by itself
        for tell in self._tellers if failed else []:
            with contextlib.suppress(OSError):
                tell()
        try:
            self._cleanups.close()
        finally:
            if failed:
                self._print_logs()
            shutil.rmtree(self.folder, ignore_errors=True)
        return False


def run(title, body, limit=150):
    """Runs body(scene) as a test program: exit status 0, 1 or 77, with a line that says which.
    `limit` seconds end it from inside, with its clean-up and its logs; ctest's own TIMEOUT is
    larger and only a backstop."""
    begun = time.monotonic()
    adopt_orphans()

    def ended(number, _frame):
        raise TimeoutError(f"{title}: {signal.Signals(number).name} after "
                           f"{time.monotonic() - begun:.0f} s (limit {limit} s)")

    signal.signal(signal.SIGTERM, ended)
    signal.signal(signal.SIGALRM, ended)
    signal.alarm(limit)
    try:
        with Scene(title) as scene:
            body(scene)
    except SystemExit:
        raise
    except BaseException:  # pylint: disable=broad-except
        traceback.print_exc(file=sys.stdout)
        print(f"FAIL: {title}", flush=True)
        sys.exit(1)
    print(f"PASS: {title} ({time.monotonic() - begun:.1f} s)", flush=True)
