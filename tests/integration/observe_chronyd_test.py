#!/usr/bin/env python3
"""slewd --mode observe against real chronyd servers that serve an offset known to the test: the
estimate must be that offset, its bound must contain it, and a liar among three must be named."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from lib import children, chronyd, slewd, waiting  # noqa: E402

TOLD = 0.250
MOVED = 0.270  # what the honest servers say later: less than a spike, far more than CLOSE
LIE = 3.0
CLOSE = 0.005  # seconds; loopback gives microseconds, a busy machine some milliseconds
CHRONYD_ERROR = 0.0001  # how far what it serves may be from what it was told


def status_if_locked(daemon):
    status = daemon.api("status")
    locked = (status and status["state"] == "observe" and "offset_seconds" in status
              and "error_bound_seconds" in status and "selected" in status["sources"])
    return status if locked else None


def check_estimate(status, told):
    offset, bound = status["offset_seconds"], status["error_bound_seconds"]
    print(f"chronyd was told {told:+.6f} s; slewd says {offset:+.6f} s, bound {bound:.6f} s")
    assert abs(offset - told) < CLOSE, f"offset {offset} is not what chronyd was told"
    assert bound + CHRONYD_ERROR >= abs(told), f"the bound {bound} does not contain {told}"
    assert bound < abs(told) + 0.5, f"a bound of {bound} says nothing"


def follows(daemon, peers):
    """The honest servers change their mind together; the estimate must go along."""
    for peer in peers:
        peer.offset = MOVED
    for peer in peers:
        peer.ready()

    def arrived():
        status = status_if_locked(daemon)
        return (status and abs(status["offset_seconds"] - MOVED) < CLOSE
                and status["error_bound_seconds"] >= MOVED and status)
    status = waiting.until("the estimate has followed", arrived, within=60)
    check_estimate(status, MOVED)


def body(scene):
    honest, second, liar = chronyd.farm(scene, [TOLD, TOLD, TOLD + LIE])
    names = {"honest": honest, "second": second, "liar": liar}
    daemon = slewd.Slewd(scene, [slewd.server(peer.port, name) for name, peer in names.items()])
    daemon.ready()
    waiting.until("an estimate in Observe", lambda: status_if_locked(daemon), within=60)

    def liar_is_named():
        states = {name: (daemon.source(name) or {}).get("state") for name in names}
        return (states["liar"] == "falseticker"
                and {states["honest"], states["second"]} <= {"selected", "combined"})
    waiting.until("the liar is a falseticker and the others serve", liar_is_named, within=60)

    status = status_if_locked(daemon)
    assert status, "the estimate has gone again"
    check_estimate(status, TOLD)
    assert status["mode"] == "observe" and status["steering"] is False, status
    assert status["adjustments"]["slews"] == 0 and status["adjustments"]["steps"] == 0, status
    lie = daemon.source("liar")["offset_seconds"]
    assert abs(lie - (TOLD + LIE)) < CLOSE, f"the liar's own offset is {lie}"
    follows(daemon, [honest, second])


children.run("slewd in mode observe tracks real chronyd servers and names the liar", body)
