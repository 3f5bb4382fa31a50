# SPDX-License-Identifier: Apache-2.0
"""A rule whose action never helps: it may not go on for ever."""
import json

from runner import repair

_RULE, _PER_HOUR = "never-helps", 3
_FILE = {"schema": "slewd.rules/1", "global": {"boot_grace": "0s"}, "rules": [{
    "name": _RULE, "mode": "act", "when": "synchronized", "do": [{"run": ["/bin/false"]}],
    "limits": {"cooldown": "1s", "per_hour": _PER_HOUR}}]}
_MORE = 5  # seconds in which no further attempt may come
_GATES = ("breaker", "budget")  # either of which ends it


def spent(stage, finding):
    finding.expected = f"at most {_PER_HOUR} attempts; metric, log, ledger and explain say why"
    stage.restore(mode="observe", rules={"builtin": False, "files": [repair.RULES]})
    repair.install(stage.guest, _FILE)
    stage.slewd.start()
    stage.slewd.wait_until_synchronized()
    stage.guest.poll(lambda: _held(stage), within=60, every=0.5)
    gates, before = _held(stage), len(stage.slewd.outcomes(_RULE))
    stage.guest.run(f"sleep {_MORE}", within=60)
    outcomes = stage.slewd.outcomes(_RULE)
    finding.check("attempts", 0 < len(outcomes) <= _PER_HOUR and len(outcomes) == before)
    finding.check("ending", all(each["ending"] == "failed" for each in outcomes))
    finding.check("metric", bool(gates))
    explained = stage.guest.run(f"slewctl rules explain {_RULE}")
    finding.check("explain", any(f"blocked by {gate}" in explained for gate in gates))
    finding.check("log", stage.slewd.journal().count(f"rule={_RULE}") >= len(outcomes))
    ledger = [json.loads(line) for line in
              stage.guest.run("cat /var/lib/slewd/actions.jsonl").splitlines()]
    finding.check("ledger", sum(line["kind"] == "outcome" for line in ledger) == len(outcomes))
    finding.number("attempts", len(outcomes))
    finding.saw(f"{len(outcomes)} attempts, blocked by {', '.join(gates)}: " + "; ".join(
        line.strip() for line in explained.splitlines() if line.startswith("  why")))


def _held(stage):
    """The gates of which the metric says that they held the rule back."""
    lines = [line for line in stage.slewd.page("/metrics").splitlines()
             if line.startswith("slewd_action_suppressed_total") and f'rule="{_RULE}"' in line]
    return [gate for gate in _GATES for line in lines
            if f'gate="{gate}"' in line and not line.endswith(" 0")]
