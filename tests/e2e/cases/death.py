# SPDX-License-Identifier: Apache-2.0
"""A service that a step kills, as Dovecot 1.x was: its main process ends with status 89, the port
refuses, and Debian's unit has no Restart=."""
from cases import hang
from runner import monit, repair
from runner.dovecot import Dovecot

_RULE = "dovecot-dead"
_STEP = 11  # seconds
_INCIDENT = f"a service that dies of it (Dovecot 1.x, exit status 89), clock back {_STEP} s"


def _start(stage):
    dovecot = Dovecot(stage.guest)
    dovecot.start(of_old=True)
    dovecot.watch("login")
    return dovecot, dovecot.plain_login()


def _await_death(stage, finding, dovecot):
    """The step, and the unit that has failed of it."""
    moment = stage.step(-_STEP)["raw"]
    stage.guest.wait("the main process has ended", "journalctl --quiet --output cat --unit dovecot "
                     "| grep -q \"Time just moved backwards by .* I'll just kill myself now\"")
    logins = dovecot.wait_for("a refused login", lambda found: any(
        each["outcome"] == "refused" for each in found.after(moment)), 30)
    finding.number("died_seconds", round(next(
        each["ended"] for each in logins.after(moment) if each["outcome"] == "refused") - moment, 3))
    return moment


def alone(stage, finding):
    """Nobody helps for a while; then monit is started, and does."""
    finding.expected = f"failed with status 89, refused; monit's cycle of {monit.CYCLE} s ends it"
    stage.restore(mode="observe", rules={"builtin": False})
    dovecot, _ = _start(stage)
    stage.slewd.start()
    monit.start(stage.guest)
    moment = _await_death(stage, finding, dovecot)
    state = dovecot.state()
    # By the journal: monit may have come along already.
    ended = stage.guest.run("journalctl --no-pager --output cat --unit dovecot")
    finding.check("unit", "status=89" in ended and "Failed with result" in ended)
    logins = dovecot.wait_for("monit has helped", lambda found: found.back_after(moment),
                              3 * monit.CYCLE + 60)
    took = logins.back_after(moment)
    finding.check("restarts of its own", state["NRestarts"] == "0")
    finding.check("monit", bool(monit.events(stage.guest)))
    finding.number("monit_seconds", round(took, 1))
    finding.saw(f"unit {state['ActiveState']}, status {state['ExecMainStatus']}, "
                f"{state['NRestarts']} restarts by systemd; refused until monit, cycle "
                f"{monit.CYCLE} s, started it: login after {took:.1f} s")
    finding.tell(_INCIDENT, "without", "port refused for ever: failed, status 89, no restart")
    finding.tell(_INCIDENT, "monit", f"login after {took:.0f} s, cycle {monit.CYCLE} s")


def rescue(stage, finding):
    finding.expected = "started again by the rule, two logins as proof"
    stage.restore(mode="observe", rules={"builtin": False, "files": [repair.RULES]})
    repair.permit(stage.guest)
    dovecot, plain = _start(stage)
    hang.acting(stage, plain, _RULE)
    stage.slewd.start()
    stage.slewd.wait_until_synchronized()
    stage.slewd.wait_for_probe("dovecot.port")
    moment = _await_death(stage, finding, dovecot)
    outcome = stage.slewd.wait_for_outcome(_RULE)
    took, _ = hang.repaired(finding, dovecot, moment)
    finding.check("ending", outcome["ending"] == "verified")
    hang.explain_rules(stage, finding, _RULE, outcome["action"])
    finding.check("unit", dovecot.state()["ActiveState"] == "active")
    finding.number("plain_login_seconds", round(plain, 3))
    finding.number("ratio_to_plain_login", round(took / plain, 2))
    finding.saw(f"refused {finding.numbers['died_seconds']:.1f} s after the step; a login succeeds "
                f"{took:.2f} s after it, {took / plain:.1f} times a plain login of {plain:.2f} s; "
                f"{outcome['action']}: {outcome['ending']} after {outcome['took_seconds']:.2f} s")
    finding.tell(_INCIDENT, "slewd", f"{outcome['action']}: login after {took:.1f} s, verified by two")
