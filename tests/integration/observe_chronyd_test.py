#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""slewd --mode observe against real chronyd servers that serve an offset and a drift known to the
test: the estimate must be what they were told, its bound must contain it, the frequency must be
found, and a liar among three must be named."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from lib import children, chronyd, slewd, waiting  # noqa: E402

TOLD = 0.250  # seconds by which this machine is behind, when the servers start
DRIFT = 100e-6  # and by which it falls behind each second: a poor oscillator, as they exist
LIE = 3.0
CLOSE = 0.005  # seconds; loopback gives microseconds, a busy machine some milliseconds
FREQUENCY_CLOSE = 40e-6
SOURCE_ERROR = 0.0005  # chronyd follows a drifting reference with a lag


def status_if_locked(daemon):
    status = daemon.api("status")
    locked = (status and status["state"] == "observe" and "frequency_ratio" in status
              and "error_bound_seconds" in status and status["sources"]["usable"] > 0)
    return status if locked else None


def check_estimate(status, told):
    offset, bound = status["offset_seconds"], status["error_bound_seconds"]
    ratio = status["frequency_ratio"]
    print(f"chronyd was told {told:+.6f} s and {DRIFT * 1e6:+.0f} ppm; slewd says {offset:+.6f} s, "
          f"bound {bound:.6f} s, {ratio * 1e6:+.1f} ppm")
    assert abs(offset - told) < CLOSE, f"offset {offset} is not what chronyd was told"
    assert bound + SOURCE_ERROR >= abs(told), f"the bound {bound} does not contain {told}"
    assert bound < abs(told) + 0.5, f"a bound of {bound} says nothing"
    assert status["mode"] == "observe" and status["steering"] is False, status
    assert status["adjustments"]["slews"] == 0 and status["adjustments"]["steps"] == 0, status


def body(scene):
    honest, second, liar = chronyd.farm(scene, [TOLD, TOLD, TOLD + LIE], DRIFT)
    names = {"honest": honest, "second": second, "liar": liar}
    daemon = slewd.Slewd(scene, [slewd.server(peer.port, name) for name, peer in names.items()])
    daemon.ready()
    waiting.until("an estimate in Observe", lambda: status_if_locked(daemon), within=60)

    def liar_is_named():
        states = {name: (daemon.source(name) or {}).get("state") for name in names}
        return (states["liar"] == "falseticker"
                and {states["honest"], states["second"]} <= {"selected", "combined"})
    waiting.until("the liar is a falseticker and the others serve", liar_is_named, within=60)
    check_estimate(waiting.until("an estimate", lambda: status_if_locked(daemon)), honest.told())
    lie = daemon.source("liar")["offset_seconds"]
    assert abs(lie - liar.told()) < CLOSE, f"the liar's own offset is {lie}"

    def frequency_found():
        status = status_if_locked(daemon)
        return status and abs(status["frequency_ratio"] - DRIFT) < FREQUENCY_CLOSE and status
    check_estimate(waiting.until("the frequency is found", frequency_found, within=90),
                   honest.told())


children.run("slewd in mode observe tracks real chronyd servers and names the liar", body)
