# SPDX-License-Identifier: Apache-2.0
"""Dovecot 2.x after a step back: the port greets as ever, and every login hangs."""
import os
import statistics

from runner import monit, repair
from runner.dovecot import Dovecot

BUSY = 2  # load for each processor beyond which no duration is judged
REPAIRED_WITHIN = 3  # seconds
_RULE = "dovecot-login-hang"
_TRIES = 4


def busy():
    return os.getloadavg()[0] > BUSY * os.cpu_count()


def quiet(finding):
    """Whether a duration may be judged; if not, the table says why."""
    if busy():
        finding.saw(f"durations not judged, with a load of {os.getloadavg()[0]:.1f}")
    return not busy()


def acting(stage, plain_login, *rules):
    """Gives slewd the shipped file with these rules in mode act."""
    slowness = repair.slowness(plain_login, busy())
    repair.install(stage.guest, repair.of_dovecot(*rules, slowness=slowness))


def step_until_noticed(stage, dovecot, size, until_back):
    """Steps the clock until Dovecot's master has noticed: one that is at work while the clock moves
    takes the new time for its own. Returns the moment of the step (CLOCK_MONOTONIC_RAW), the logins
    up to one that was begun later and succeeded, and the wait that the master has announced."""
    for _ in range(_TRIES):
        before = len(dovecot.announced_waits())
        moment = stage.step(size)["raw"]
        logins = dovecot.wait_for("a login after the step",
                                  lambda found, since=moment: found.back_after(since), until_back)
        waits = dovecot.announced_waits()
        if len(waits) > before:
            return moment, logins, waits[-1]
    raise AssertionError(f"Dovecot has noticed none of {_TRIES} steps")


class Control:
    """Nobody helps. monit looks on, where the hang is longer than its cycle."""

    def __init__(self, size, fast):
        self.size, self.fast = size, fast
        self.name = f"Dovecot, clock back {size} s, no rule"

    def __call__(self, stage, finding):
        least = self.size / 2
        finding.expected = f"greetings at once, logins hang for more than {least:g} s"
        with_monit = self.size > monit.CYCLE
        stage.restore(mode="observe", rules={"builtin": False})
        dovecot = Dovecot(stage.guest)
        dovecot.start()
        stage.slewd.start()
        if with_monit:
            monit.start(stage.guest)
            finding.expected += "; monit sees nothing"
        dovecot.watch("greet")
        dovecot.watch("login")
        plain = dovecot.plain_login()
        moment, logins, announced = step_until_noticed(stage, dovecot, -self.size, self.size + 60)
        hung = logins.back_after(moment)
        greetings = [each for each in dovecot.attempts("greet").after(moment)
                     if each["ended"] < moment + hung]
        finding.check("no hang", hung > least)
        finding.check("greetings", greetings and all(each["outcome"] == "ok" for each in greetings))
        slowest = max((each["took"] for each in greetings), default=None)
        typical = statistics.median(each["took"] for each in greetings) if greetings else None
        if slowest is not None and quiet(finding):
            finding.check("greeting hangs", slowest < least)
        for name, value in (("plain_login_seconds", plain), ("hang_seconds", hung),
                            ("announced_seconds", announced), ("greeting_seconds", typical),
                            ("greeting_slowest_seconds", slowest)):
            finding.number(name, value if value is None else round(value, 3))
        finding.saw(f"a login takes {plain:.2f} s here; after the step {hung:.1f} s (Dovecot itself "
                    f"says {announced:.1f} s); meanwhile {len(greetings)} greetings, median "
                    f"{typical:.2f} s, slowest {slowest:.2f} s")
        incident = f"Dovecot 2.3, clock back {self.size} s"
        finding.tell(incident, "without", f"logins hang {hung:.1f} s; greeting in {typical:.2f} s")
        finding.check("slewd saw it", len(stage.slewd.api("jumps")["jumps"]) >= 1)
        if with_monit:
            events = monit.events(stage.guest)
            finding.check("monit saw it", not events)
            finding.saw(f"monit, cycle {monit.CYCLE} s: {'; '.join(events) or 'no event'}")
            finding.tell(incident, "monit", "; ".join(events) or
                         f"no event in {hung:.0f} s, cycle {monit.CYCLE} s")


def explain_rules(stage, finding, rule, action):
    """What slewctl tells about a rule that has acted."""
    rules, actions = stage.guest.run("slewctl rules"), stage.guest.run("slewctl actions")
    finding.check("slewctl rules", rule in rules)
    finding.check("slewctl actions", any(rule in line and action in line and "verified" in line
                                         for line in actions.splitlines()))


def repaired(finding, dovecot, moment, announced=None):
    """Call it when the action has ended: checks that the client's next two logins succeeded as well,
    and tells how long after the step the outage was over, and which logins it has cost."""
    logins = dovecot.wait_for("two logins after the step",
                              lambda found: len(found.after(moment).good()) >= 2, 60)
    _, took = logins.longest_gap(moment)
    lost = [each for each in logins if each["ended"] > moment and each["outcome"] != "ok"]
    finding.check("lost later", all(each["begun"] < moment + took for each in lost))
    finding.number("repaired_seconds", round(took, 3))
    finding.number("failed_logins", len(lost))
    if announced is not None:
        finding.check("no sooner than without", took < announced / 2)
    return took, lost


class Rescue:
    """The shipped rule in mode act, with the rights that the package's files give and no others."""

    size = 60

    def __init__(self, turn):
        self.fast = turn == 1
        self.name = f"Dovecot, clock back {self.size} s, rule in act" + (
            "" if turn == 1 else f", turn {turn}")

    def __call__(self, stage, finding):
        finding.expected = "reload, a login long before the hang would end, two as proof"
        stage.restore(mode="observe", rules={"builtin": False, "files": [repair.RULES]})
        repair.permit(stage.guest)
        dovecot = Dovecot(stage.guest)
        dovecot.start()
        dovecot.watch("login")
        plain = dovecot.plain_login()
        acting(stage, plain, _RULE)
        stage.slewd.start()
        stage.slewd.wait_until_synchronized()
        stage.slewd.wait_for_probe("dovecot.login")
        moment, _, announced = step_until_noticed(stage, dovecot, -self.size, self.size + 60)
        outcome = stage.slewd.wait_for_outcome(_RULE)
        took, lost = repaired(finding, dovecot, moment, announced)
        finding.check("ending", outcome["ending"] == "verified")
        explain_rules(stage, finding, _RULE, outcome["action"])
        for name, value in (("plain_login_seconds", plain), ("announced_seconds", announced),
                            ("ratio_to_plain_login", took / plain),
                            ("action_seconds", outcome["took_seconds"])):
            finding.number(name, round(value, 3))
        finding.saw(f"Dovecot would have held logins for {announced:.1f} s; one succeeds "
                    f"{took:.2f} s after the step, {took / plain:.1f} times a plain login of "
                    f"{plain:.2f} s; {len(lost)} logins lost; {outcome['action']}: "
                    f"{outcome['ending']} after {outcome['took_seconds']:.2f} s")


_RESCUES = [Rescue(turn) for turn in (1, 2, 3)]
CASES = [Control(12, True), Control(60, False), *_RESCUES]


def _soon(findings, finding):
    finding.expected = f"median of the first login after the step at most {REPAIRED_WITHIN} s"
    values = [each.numbers["repaired_seconds"] for each in findings]
    median = statistics.median(values)
    ratio = statistics.median(each.numbers["ratio_to_plain_login"] for each in findings)
    finding.number("median_repaired_seconds", round(median, 2))
    finding.number("median_ratio_to_plain_login", round(ratio, 1))
    if quiet(finding):
        finding.check("time", median <= REPAIRED_WITHIN)
    finding.saw(f"median {median:.2f} s, {ratio:.1f} times a plain login (largest {max(values):.2f} "
                f"s, {len(values)} turns)")
    finding.tell(f"Dovecot 2.3, clock back {Rescue.size} s", "slewd",
                 f"rule: reload, login after {median:.1f} s, verified by two")


def close(attempt, findings):
    """The row that is judged over all rescues that came to a login."""
    names = {rescue.name for rescue in _RESCUES}
    seen = [finding for finding in findings
            if finding.case in names and "ratio_to_plain_login" in finding.numbers]
    if seen:
        attempt("time to a login", _soon, seen)
