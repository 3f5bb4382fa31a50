# SPDX-License-Identifier: Apache-2.0
"""The alerts of deploy/prometheus/slewd.rules.yaml. The file is ours and plain: no YAML reader is needed."""

import dataclasses
import pathlib
import re

RULES = "deploy/prometheus/slewd.rules.yaml"
# Where the runbooks are to be read. The Helm chart puts its `runbookBaseUrl` in place of it.
RUNBOOK_BASE = "https://git.example.net/slewd/blob/main"


@dataclasses.dataclass
class Alert:
    """One alert, its texts folded as YAML does."""
    name: str
    expr: str
    waits: str  # `for`; empty: it fires at once
    keeps: str  # `keep_firing_for`; empty: it ends at once
    severity: str
    summary: str
    description: str
    runbook_url: str

    @property
    def page(self):
        """The runbook's path in the tree."""
        return self.runbook_url.removeprefix(RUNBOOK_BASE + "/")

    @property
    def row(self):
        """What its runbook says of it, in these words."""
        code = self.expr.replace("|", "\\|")
        return (f"| {self.name} | {self.severity} | `{code}` | {self.waits or 'at once'} | "
                f"{self.keeps + ' after that' if self.keeps else 'at once'} |")

    @property
    def thresholds(self):
        """The numbers that its expression compares with."""
        return [float(number) for number in re.findall(r"[<>]=?\s*(\d+(?:\.\d+)?)", self.expr)]


ROW_HEAD = ("| alert | severity | expression | must hold for | ends when it no longer holds |\n"
            "|---|---|---|---|---|\n")


def _value(entry, key):
    """One line after `key:`, in quotes or not, or the indented lines of a folded scalar."""
    match = re.search(rf"^( *){key}: (?:>-\n((?:\1  .*\n)+)|(.*)\n)", entry, flags=re.M)
    if match is None:
        return ""
    text = " ".join((match.group(2) or match.group(3)).split())
    return text[1:-1] if text[:1] == "'" and text[-1:] == "'" else text


def read(source):
    """Name -> Alert, in the order of the file."""
    text = pathlib.Path(source, RULES).read_text()
    alerts = {}
    for entry in re.split(r"^ +- alert: ", text, flags=re.M)[1:]:
        name = entry.split("\n", 1)[0].strip()
        alerts[name] = Alert(name, _value(entry, "expr"), _value(entry, "for"),
                             _value(entry, "keep_firing_for"),
                             *(_value(entry, key) for key in
                               ("severity", "summary", "description", "runbook_url")))
    assert len(alerts) == text.count("- alert:"), "two alerts of one name, or one was not recognised"
    return alerts


def quicker(source, waits):
    """The rule file for a test that runs in real time: each `for` is `waits`, and an alert ends at once."""
    text = pathlib.Path(source, RULES).read_text()
    text = re.sub(r"^ +keep_firing_for: .*\n", "", text, flags=re.M)
    return re.sub(r"^( +for:) \S+$", rf"\1 {waits}", text, flags=re.M)
