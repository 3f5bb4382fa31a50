# SPDX-License-Identifier: Apache-2.0
"""The step that slewd makes itself, announced to those whom it would hurt: `slewctl step --to-true`
with rules of the phases pre_step and after_step."""
import json

from cases import hang
from runner import repair, truth
from runner.dovecot import Dovecot
from runner.varnish import Varnish

WRONG = 60  # seconds that the clock is ahead before the step
_OUTAGE = 5  # seconds
# It may steer, and would take a day and a half to slew this away.
_CONFIGURATION = {"mode": "auto", "step": {"at_startup": "never"},
                  "steering": {"max_slew": "500ppm", "large_offset_slew": "500ppm"},
                  "rules": {"builtin": False, "files": [repair.RULES]}}
_COMMAND = "slewctl step --to-true --yes --reason 'end-to-end test'"


def _step(stage, finding):
    """By the command; returns when it began, by the guest's CLOCK_MONOTONIC_RAW."""
    begun = json.loads(stage.guest.run("clk step 0"))["raw"]
    # On a slow processor setting the clock to its own time is a jump of a millisecond, which costs
    # the phase Sync for a moment: the plan tells when the step would be made.
    stage.guest.wait("slewd would step", "slewctl step --to-true")
    said = stage.guest.run(_COMMAND, within=120)
    left = truth.clock_offset()
    finding.check("clock", abs(left) < 0.1)
    finding.number("left_seconds", round(left, 4))
    finding.saw(f"slewctl: {said.strip()[:200]}; the clock is off by {left * 1e3:+.1f} ms")
    return begun


def dovecot(stage, finding):
    finding.expected = f"clock right, less than {_OUTAGE} s without a login"
    stage.restore(offset=WRONG, **_CONFIGURATION)
    repair.permit(stage.guest)
    server = Dovecot(stage.guest)
    server.start()
    server.watch("login")
    plain = server.plain_login()
    rules = repair.of_dovecot("dovecot-guarded-step",
                              slowness=repair.slowness(plain, hang.busy()))
    repair.install(stage.guest, rules)
    stage.slewd.start()
    stage.slewd.wait_for_sync()
    stage.slewd.wait_for_probe("dovecot.login")
    begun = _step(stage, finding)
    logins = server.wait_for("two logins after the step",
                             lambda found: len(found.after(begun).good()) >= 2, 60)
    outage = logins.longest_gap(begun)[0]
    finding.number("outage_seconds", round(outage, 2))
    finding.number("plain_login_seconds", round(plain, 3))
    finding.check("hang", not server.announced_waits())
    finding.check("unit", server.state()["ActiveState"] == "active")
    if hang.quiet(finding):
        finding.check("outage", outage < _OUTAGE)
    finding.saw(f"{outage:.2f} s between two logins, {outage / plain:.1f} times a plain one")
    finding.tell(f"Dovecot 2.3, clock back {WRONG} s", "slewd",
                 f"guarded step: {outage:.1f} s without a login")


def varnish(stage, finding):
    finding.expected = "clock right, no error, no panic, clock_step as before"
    stage.restore(offset=WRONG, **_CONFIGURATION)
    cache = Varnish(stage.guest)
    cache.start()
    before = cache.tolerance()
    # What varnishadm needs to be let in: Varnish's shared memory, and its secret.
    stage.guest.run("usermod --append --groups varnish slewd && "
                    "chgrp varnish /etc/varnish/secret && chmod 640 /etc/varnish/secret")
    rules = repair.shipped("varnish.json", ("varnish-guarded-step",))
    repair.install(stage.guest, rules)
    stage.slewd.start()
    stage.slewd.wait_for_sync()
    cache.watch()
    _step(stage, finding)
    tally = cache.tally()
    finding.check("errors", tally["errors"] == 0)
    finding.check("panics", cache.panics() == 0)
    finding.check("clock_step", cache.tolerance() == before)
    finding.number("requests", tally["requests"])
    finding.number("errors", tally["errors"])
    finding.saw(f"{tally['errors']} errors of {tally['requests']} requests, {cache.panics()} panics, "
                f"clock_step {before:g} s before and {cache.tolerance():g} s after")
    finding.tell(f"Varnish 7.1, clock back {WRONG} s", "slewd",
                 f"guarded step: {tally['errors']} failed requests")
