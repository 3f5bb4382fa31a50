#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Clients that misbehave neither keep Prometheus from its scrape nor the operator from `pause`; what
the kernel holds for them stays bounded. A short form of ./dev abuse, without its rates."""
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parent),
                str(pathlib.Path(__file__).resolve().parents[1] / "abuse")]
import attacks  # noqa: E402
from lib import children, slewd, waiting  # noqa: E402

_ATTACKS = ("one-byte-392", "readers-90", "half-closed")
_LIMIT = 120  # seconds, after which an attack ends by itself
_ROUNDS = 10


def body(scene):
    daemon = slewd.Slewd(scene, [slewd.server(waiting.free_port())]).ready()
    path = scene.path("slewd.sock")
    for name in _ATTACKS:
        attacker = scene.start(name, [sys.executable, attacks.__file__, name, str(daemon.port), path,
                                      str(_LIMIT)])
        # It has begun when the daemon has connections that are not ours.
        waiting.until("the attack", lambda: (daemon.metric("slewd_http_connections") or 0) > 20)
        for _ in range(_ROUNDS):
            status, page = daemon.get("/metrics", limit=30)
            assert status == 200 and page, f"{name}: {status}"
            daemon.post("pause")
        assert attacker.running(), f"{name} has ended early"
        attacker.stop()
        print(f"{name}: {_ROUNDS} scrapes and pauses")


children.run("clients cannot close the port", body)
