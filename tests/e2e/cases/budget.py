"""A rule whose action never helps: it may not go on for ever."""
import json

from runner import repair

_RULE, _PER_HOUR = "never-helps", 3
_FILE = {"schema": "slewd.rules/1", "rules": [{
    "name": _RULE, "mode": "act", "when": "synchronized", "do": [{"run": ["/bin/false"]}],
    "limits": {"cooldown": "1s", "per_hour": _PER_HOUR}}]}
_MORE = 5  # seconds in which no further attempt may come


def spent(stage, finding):
    finding.expected = f"{_PER_HOUR} attempts, then none; metric, ledger and explain say so"
    stage.restore(mode="observe", rules={"builtin": False, "files": [repair.RULES]})
    repair.install(stage.guest, _FILE)
    stage.slewd.start()
    stage.slewd.wait_until_synchronized()
    stage.slewd.wait_for("the last attempt", "actions",
                         lambda answer: len(answer["actions"]) >= _PER_HOUR)
    stage.guest.run(f"sleep {_MORE}", within=60)
    outcomes = stage.slewd.outcomes(_RULE)
    finding.check("attempts", len(outcomes) == _PER_HOUR)
    finding.check("ending", all(each["ending"] == "failed" for each in outcomes))
    explained = stage.guest.run(f"slewctl rules explain {_RULE}")
    held = [line for line in stage.slewd.page("/metrics").splitlines()
            if line.startswith("slewd_action_suppressed_total") and f'rule="{_RULE}"' in line
            and not line.endswith(" 0")]
    finding.check("explain", "held back by" in explained)
    finding.check("metric", bool(held))
    ledger = [json.loads(line) for line in
              stage.guest.run("cat /var/lib/slewd/actions.jsonl").splitlines()]
    finding.check("ledger", sum(line["kind"] == "outcome" for line in ledger) == _PER_HOUR)
    finding.number("attempts", len(outcomes))
    finding.saw(f"{len(outcomes)} attempts, each {outcomes[0]['ending']}; " + "; ".join(
        line.strip() for line in explained.splitlines() if "held back" in line or "why" in line))
