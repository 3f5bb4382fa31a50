"""Dovecot 2.x after a step back: the port greets as ever, and every login hangs."""
import os
import statistics

from runner import monit, repair
from runner.dovecot import Dovecot

BUSY = 2  # load for each processor beyond which no duration is judged
REPAIRED_WITHIN = 3  # seconds
_RULE = "dovecot-login-hang"
_TRIES = 4


def quiet(finding):
    """Whether a duration may be judged; if not, the table says why."""
    load = os.getloadavg()[0]
    if load > BUSY * os.cpu_count():
        finding.saw(f"durations not judged, with a load of {load:.1f}")
        return False
    return True


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


def repaired(stage, finding, dovecot, moment, announced=None):
    """Checks that both of the next two logins of the client succeed, and tells how soon."""
    logins = dovecot.wait_for("two logins after the step",
                              lambda found: len(found.after(moment).good()) >= 2, 60)
    took = logins.back_after(moment)
    later = logins.after(moment + took)
    finding.check("second login", len(later) >= 1 and later[0]["outcome"] == "ok")
    lost = [each for each in logins if each["ended"] > moment and each["outcome"] != "ok"]
    finding.number("repaired_seconds", round(took, 3))
    finding.number("failed_logins", len(lost))
    if announced is not None:
        finding.check("no sooner than without", took < announced / 2)
    if quiet(finding):
        finding.check("time", took <= REPAIRED_WITHIN)
    return took, lost


class Rescue:
    """The shipped rule in mode act, with the rights that the package's files give and no others."""

    size, fast = 60, True
    name = f"Dovecot, clock back {size} s, rule in act"

    def __call__(self, stage, finding):
        finding.expected = f"a login within {REPAIRED_WITHIN} s of the step, two as proof"
        stage.restore(mode="observe", rules={"builtin": False, "files": [repair.RULES]})
        repair.permit(stage.guest)
        dovecot = Dovecot(stage.guest)
        dovecot.start()
        dovecot.watch("login")
        plain = dovecot.plain_login()
        repair.install(stage.guest, repair.of_dovecot(_RULE, slowness=repair.slowness(plain)))
        stage.slewd.start()
        stage.slewd.wait_until_synchronized()
        stage.slewd.wait_for_probe("dovecot.login")
        moment, _, announced = step_until_noticed(stage, dovecot, -self.size, self.size + 60)
        took, lost = repaired(stage, finding, dovecot, moment, announced)
        outcome = stage.slewd.wait_for_outcome(_RULE)
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
        finding.tell(f"Dovecot 2.3, clock back {self.size} s", "slewd",
                     f"{outcome['action']}: login after {took:.1f} s, verified by two")


CASES = [Control(12, True), Control(60, False), Rescue()]
