# SPDX-License-Identifier: Apache-2.0
"""Which cases there are, in the order of the table. Each starts from what the suite keeps."""
from cases import boots, budget, cache, death, guarded, hang, install, machine, rights, steps
from runner.stage import Stage


class Case:
    """`needs` is a command line that the package under test may not have yet: the guest is asked."""

    def __init__(self, name, body, fast, needs=""):
        self.name, self.fast = name, fast
        self._body, self._needs = body, needs

    def __call__(self, stage, finding):
        if self._needs:
            stage.restore()
            if stage.guest.attempt(self._needs)[0] != 0:
                finding.leave_out(f"the package has no `{self._needs}`")
                return
        self._body(stage, finding)


class Suite:
    """`tools` go into the guest besides those of every suite. `of_package` are names and bodies of
    what is judged before `keep` makes what each case starts from, a snapshot if nothing else is
    named; `closing` judges the findings of all cases."""

    def __init__(self, cases, tools=(), of_package=(), closing=None, keep=Stage.keep):
        self.cases, self.tools, self.keep = cases, tools, keep
        self.of_package, self.closing = of_package, closing


def _jumps():
    cases = [Case(step.name, step, step.fast) for step in steps.STEPS]
    cases += [Case(slew.name, slew, slew.fast) for slew in machine.SLEWS]
    cases += [Case("chronyd beside slewd", machine.rival, True),
              Case("VM paused for 10 s", machine.pause, True),
              Case("SIGKILL in mid-slew", machine.killed, True)]
    return Suite(cases, of_package=[("hardening", install.hardening)], closing=steps.close)


def _rules():
    step = "slewctl step --help"
    cases = [Case(each.name, each, each.fast) for each in hang.CASES]
    cases += [Case("polkit", rights.polkit, True),
              Case("a step kills the service, monit", death.alone, False),
              Case("a step kills the service, rule in act", death.rescue, True),
              Case("Varnish, clock back 60 s, no rule", cache.control, False),
              Case("an action that never helps", budget.spent, True),
              Case("guarded step of -60 s, Dovecot", guarded.dovecot, True, step),
              Case("guarded step of -60 s, Varnish", guarded.varnish, False, step)]
    return Suite(cases, tools=("imap_watch", "http_watch", "dies_of_steps"),
                 closing=hang.close)


def _boots():
    return Suite([Case(boot.name, boot, boot.fast) for boot in boots.BOOTS], keep=boots.keep)


SUITES = {"boots": _boots, "jumps": _jumps, "rules": _rules}
