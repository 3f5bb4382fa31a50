#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slewd run --single-thread, as a libc-level simulator would drive it: the same program as ever,
with one thread, only sockets in its poll, a trace of its decisions, and status 0 after SIGTERM. Once
on the kernel, and once under a library that ends it at each call that such a simulator does not
know."""
import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from lib import children, ntp_server, peers, slewd, waiting  # noqa: E402

TOLD = 0.250  # seconds by which this machine is behind
CLOSE = 0.050
DECISIONS = 4
MEMBERS = {"mono", "wall", "state", "offset", "bound", "frequency", "slew", "remaining", "poll"}


def start(scene, name, preload, flags=("--single-thread",)):
    folder = scene.folder / name
    (folder / "state").mkdir(parents=True)
    server = ntp_server.NtpServer(scene, TOLD)
    config = {"mode": "observe", "poll": {"min": "1s", "max": "1s"},
              "listen": f"127.0.0.1:{waiting.free_port()}",
              "control_socket": str(folder / "slewd.sock"),
              "state_directory": str(folder / "state"), "user": "root",
              "seccomp": False,  # of the run with threads: the next refusal is what is wanted
              "trace_file": str(folder / "trace.jsonl"),
              # Neither a name nor an address of the other family may stop it.
              "servers": [slewd.server(server.port), {"host": "::1"}, {"host": "unknown.invalid"}]}
    path = slewd.write_json(folder / "slewd.json", config)
    # Into slewd alone: those that start it here may fork.
    start_under = ["env", f"LD_PRELOAD={preload}"] if preload else []
    child = scene.start(name, [*start_under, slewd.binary(), "run", *flags, "--foreground",
                               "--config", path], slewd.environment())
    return child, folder / "trace.jsonl"


def trace_of(child, path):
    assert child.running(), f"slewd has ended with {child.process.returncode}"
    return [json.loads(line) for line in path.read_text("ascii").splitlines(keepends=True)
            if line.endswith("\n")]


def check_trace(decisions):
    for decision in decisions:
        assert set(decision) == MEMBERS, decision
        assert decision["state"] == "Observe" and decision["poll"] > 0, decision
        assert decision["slew"] == 0 and decision["remaining"] == 0, decision
        assert abs(decision["offset"] - TOLD) < CLOSE, decision
        assert decision["bound"] >= abs(decision["offset"]), decision
    moments = [decision["mono"] for decision in decisions]
    assert moments == sorted(set(moments)), moments


def check_process(pid):
    """One thread, and nothing open but files and sockets."""
    with open(f"/proc/{pid}/maps", encoding="ascii", errors="replace") as maps:
        sanitizers = 1 if "libtsan" in maps.read() else 0  # which may bring a thread of its own
    threads = os.listdir(f"/proc/{pid}/task")
    assert 1 <= len(threads) <= 1 + sanitizers, threads
    for descriptor in os.listdir(f"/proc/{pid}/fd"):
        where = os.readlink(f"/proc/{pid}/fd/{descriptor}")
        assert where.startswith(("/", "socket:")), f"descriptor {descriptor} is {where}"


def one_run(scene, name, preload):
    child, path = start(scene, name, preload)
    waiting.until(f"{DECISIONS} decisions ({name})",
                  lambda: len(trace_of(child, path)) >= DECISIONS, within=60)
    check_process(child.pid)
    check_trace(trace_of(child, path))
    log = pathlib.Path(child.log).read_text("utf-8", "replace")
    assert "cannot resolve unknown.invalid" in log, log
    child.signal(signal.SIGTERM)
    assert child.wait(20) == 0, "SIGTERM was no orderly end"


def check_refusals(scene, preload):
    """That the library finds somebody out: slewd with all its threads."""
    child, _ = start(scene, "threads", preload, flags=())
    assert child.wait(20) == -signal.SIGABRT
    log = pathlib.Path(child.log).read_text("utf-8", "replace")
    assert "a libc-level simulator refuses: pipe2()" in log, log


def body(scene):
    preload = peers.preload_library("SLEWD_PRELOAD_REFUSALS")
    check_refusals(scene, preload)
    one_run(scene, "kernel", None)
    one_run(scene, "simulator", preload)


children.run("slewd --single-thread keeps the rules of a libc-level simulator", body)
