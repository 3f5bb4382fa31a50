#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Failures around slewd end well: too few descriptors, threads or memory are an error with the limit's
name; a reader that does not read the log does not hold up SIGTERM; links, pipes and folders in the
places of its files cost what they are good for, and nothing else."""
import http.client
import os
import pathlib
import signal
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from lib import children, ntp_server, slewd, waiting  # noqa: E402

FAILED = 1
GOODBYE = 5.0  # seconds within which SIGTERM ends slewd
STATE_FILES = ("lock", "actions.jsonl", "decisions.jsonl", "jumps.jsonl", "drift", "pause.json",
               "journal.cursor", "trace.jsonl", "pending-undos")
PORT = waiting.free_port()  # of one slewd after the other
SECRET = "line1\nroot:secret-line-without-newline"


def make(scene, name, **more):
    """A folder of its own for each run: configuration and state."""
    folder = scene.folder / name
    (folder / "state").mkdir(parents=True)
    config = {"mode": "observe", "servers": [slewd.server(9)], "user": "root",
              "listen": f"127.0.0.1:{PORT}",
              "control_socket": str(folder / "slewd.sock"),
              "state_directory": str(folder / "state"),
              "trace_file": str(folder / "state" / "trace.jsonl"), **more}
    slewd.write_json(folder / "slewd.json", config)
    return folder


def serves():
    link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
    try:
        link.request("GET", "/-/healthy")
        return link.getresponse().status == 200
    except OSError:
        return False
    finally:
        link.close()


def limited(scene, name, limit, value, wanted):
    """Under the limit slewd either works or says which limit it is, with status 1."""
    folder = make(scene, name)
    done = subprocess.run(
        [children.WITHOUT_TIME, "prlimit", f"--{limit}={value}:{value}",
         *slewd.run_arguments(folder / "slewd.json")],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, check=False,
        env={**os.environ, **slewd.environment()})
    print(f"{name} {value}: status {done.returncode}: {done.stderr.strip()[-200:]}")
    assert done.returncode == FAILED, done.returncode
    assert wanted in done.stderr and "terminate called" not in done.stderr, done.stderr


def limits(scene):
    for value in (8, 12, 24, 48):
        limited(scene, f"files{value}", "nofile", value, "RLIMIT_NOFILE")
    if "san" not in os.environ.get("SLEWD_BINARY", ""):  # a sanitizer needs terabytes of addresses
        limited(scene, "memory", "as", 60_000 * 1024, "RLIMIT_AS")


def full_pipe(scene, name, *flags):
    server = ntp_server.NtpServer(scene, 0.0)
    folder = make(scene, name, log={"level": "debug"}, poll={"min": "1s", "max": "1s"},
                  servers=[slewd.server(server.port)])
    reading, writing = os.pipe()
    scene.at_end(os.close, reading)
    os.set_blocking(writing, False)
    with Filled(writing):
        os.set_blocking(writing, True)
        daemon = subprocess.Popen(
            [children.WITHOUT_TIME, *slewd.run_arguments(folder / "slewd.json"), *flags],
            stdin=subprocess.DEVNULL, stdout=writing, stderr=writing,
            env={**os.environ, **slewd.environment()})
        scene.at_end(daemon.kill)
    if flags:
        waiting.until("a trace", (folder / "state" / "trace.jsonl").exists, within=30)
    else:
        waiting.until("slewd serves beside a full pipe", serves, within=30)
    daemon.send_signal(signal.SIGTERM)
    assert daemon.wait(GOODBYE + 5) == 0, daemon.returncode


class Filled:
    """Fills a pipe to the brim, and closes our end of it afterwards."""

    def __init__(self, writing):
        self.writing = writing

    def __enter__(self):
        try:
            while os.write(self.writing, b"x" * 4096):
                pass
        except BlockingIOError:
            pass

    def __exit__(self, *_):
        os.close(self.writing)


def planted(scene, kind):
    """Each state file's place is taken by a link to a precious file, a pipe or a folder."""
    folder = make(scene, kind)
    victim = folder / "victim"
    victim.write_text(SECRET)
    for name in STATE_FILES:
        place = folder / "state" / name
        if kind == "link":
            place.symlink_to(victim)
        elif kind == "pipe":
            os.mkfifo(place)
        else:
            place.mkdir()
    daemon = scene.start(kind, slewd.run_arguments(folder / "slewd.json"), slewd.environment())
    waiting.until(f"slewd serves in spite of each {kind}", serves, within=30)
    log = pathlib.Path(daemon.log).read_text("utf-8", "replace")
    assert "a second slewd would not be detected" in log, log
    daemon.signal(signal.SIGTERM)
    assert daemon.wait(GOODBYE + 5) == 0
    assert victim.read_text() == SECRET, "written through a link"


def folder_of_another(scene):
    if os.geteuid() != 0:
        return
    folder = make(scene, "foreign")
    os.chown(folder / "state", 65534, 65534)
    done = subprocess.run([children.WITHOUT_TIME, *slewd.run_arguments(folder / "slewd.json")],
                          capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == slewd.BAD_CONFIGURATION, done.returncode
    assert "uid 65534" in done.stderr and "chown" in done.stderr, done.stderr
    assert not list((folder / "state").iterdir())


def huge_ledgers(scene):
    folder = make(scene, "huge")
    for name in ("actions.jsonl", "actions.jsonl.1", "jumps.jsonl", "jumps.jsonl.1"):
        with open(folder / "state" / name, "wb") as ledger:
            ledger.write(b'{"v":1,"kind":"none of ours"}\n')
            ledger.truncate(300 << 20)  # holes: no disk is needed
    daemon = scene.start("huge", slewd.run_arguments(folder / "slewd.json"), slewd.environment())
    waiting.until("slewd serves beside huge ledgers", serves, within=30)
    daemon.signal(signal.SIGTERM)
    assert daemon.wait(GOODBYE + 5) == 0


def body(scene):
    limits(scene)
    full_pipe(scene, "threads")
    full_pipe(scene, "alone", "--single-thread")
    for kind in ("link", "pipe", "folder"):
        planted(scene, kind)
    folder_of_another(scene)
    huge_ledgers(scene)


children.run("failures around slewd end well", body)
