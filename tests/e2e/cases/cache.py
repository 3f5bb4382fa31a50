# SPDX-License-Identifier: Apache-2.0
"""Varnish 7.1 after a step back of more than its clock_step of 1 s: its child panics, and whatever it
had cached is gone."""
from runner.varnish import Varnish

_STEP = 60  # seconds; 3 do as well


def control(stage, finding):
    finding.expected = "a panic, errors"
    stage.restore(mode="observe", rules={"builtin": False})
    varnish = Varnish(stage.guest)
    varnish.start()
    stage.slewd.start()
    finding.check("panics before", varnish.panics() == 0)
    varnish.watch()
    stage.step(-_STEP)
    tally = varnish.tally()
    panics = varnish.panics()
    finding.check("no panic", panics > 0)
    finding.check("no error", tally["errors"] > 0)
    for name in ("requests", "errors", "longest_gap"):
        finding.number(name, tally[name])
    finding.number("panics", panics)
    finding.saw(f"{panics} panics; {tally['errors']} errors of {tally['requests']} requests, "
                f"{tally['longest_gap']:.2f} s between two good answers")
    finding.tell(f"Varnish 7.1, clock back {_STEP} s", "without",
                 f"{panics} panics, {tally['errors']} failed requests, cache lost")
