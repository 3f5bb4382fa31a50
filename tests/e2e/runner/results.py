# SPDX-License-Identifier: Apache-2.0
"""What the cases found: a table for people, JSON for programs."""
import json
import textwrap


class Finding:
    """One case's result. A case tells what it expects, checks as much as it can, and says what it
    saw; a check that fails does not keep the next one from being made."""

    def __init__(self, case):
        self.case, self.expected = case, ""
        self.seen, self.failures, self.numbers = [], [], {}
        self.told, self.left_out = [], False
        self.seconds = 0.0

    def saw(self, text):
        self.seen.append(text)

    def check(self, name, holds):
        """`name` stands in the table's last column when the check fails."""
        if not holds:
            self.failures.append(name)
        return holds

    def leave_out(self, reason):
        """What is tested is not there; that is neither good nor bad, and the table says so."""
        self.left_out = True
        self.saw(reason)

    def tell(self, incident, who, outcome):
        """A cell of the table that compares what becomes of an incident: `who` is one of WHO."""
        self.told.append((incident, who, outcome))

    def number(self, name, value):
        self.numbers[name] = value

    @property
    def verdict(self):
        if self.failures:
            return "FAIL: " + ", ".join(self.failures)
        return "left out" if self.left_out else "pass"

    def as_json(self):
        return {"case": self.case, "expected": self.expected, "seen": self.seen,
                "failures": self.failures, "left_out": self.left_out,
                "numbers": self.numbers,
                "seconds": round(self.seconds, 1)}


_COLUMNS = (("case", 26), ("expected", 36), ("seen", 54), ("verdict", 22))


def _lines(cells):
    wrapped = [textwrap.wrap(str(cell), width) or [""]
               for cell, (_, width) in zip(cells, _COLUMNS)]
    for row in range(max(map(len, wrapped))):
        yield "  ".join((cell[row] if row < len(cell) else "").ljust(width)
                        for cell, (_, width) in zip(wrapped, _COLUMNS)).rstrip()


def table(findings):
    lines = list(_lines([name for name, _ in _COLUMNS]))
    lines.append("  ".join("-" * width for _, width in _COLUMNS))
    for finding in findings:
        lines += _lines([finding.case, finding.expected, "; ".join(finding.seen),
                         finding.verdict])
    return "\n".join(lines)


WHO = {"without": "without slewd", "monit": "monit", "slewd": "slewd"}


def comparison(findings):
    """The cells that the cases have told, as a table in Markdown."""
    rows = {}
    for finding in findings:
        for incident, who, outcome in finding.told:
            rows.setdefault(incident, {}).setdefault(who, []).append(outcome)
    lines = ["| incident | " + " | ".join(WHO.values()) + " |", "|---" * (1 + len(WHO)) + "|"]
    for incident, cells in rows.items():
        lines.append(f"| {incident} | " + " | ".join("; ".join(cells.get(who, ["-"])) for who in WHO) + " |")
    return "\n".join(lines)


def write_json(path, findings, **more):
    with open(path, "w", encoding="utf-8") as out:
        json.dump({**more, "cases": [finding.as_json() for finding in findings]}, out, indent=2)
        out.write("\n")
