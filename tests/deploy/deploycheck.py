# SPDX-License-Identifier: Apache-2.0
"""What the checks of deploy/ share: failures, skips, the metric catalogue, PromQL looked at by name."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

SKIP = 77


class Check:
    """Collects failures, so that one run tells all of them."""

    def __init__(self):
        self.failures = 0

    def that(self, condition, message):
        if not condition:
            self.failures += 1
            print("FAIL:", message)

    def finish(self):
        print("ok" if self.failures == 0 else f"{self.failures} failures")
        sys.exit(1 if self.failures else 0)


def skip(reason):
    print("skipped:", reason)
    sys.exit(SKIP)


def need(tool, package):
    """Where the tool is: installed, or unpacked by ./dev. A CI run must have it."""
    peers = pathlib.Path(__file__).resolve().parents[2] / ".cache/peers/usr/bin"
    path = shutil.which(tool) or shutil.which(tool, path=str(peers))
    if path is None and os.environ.get("CI") == "true":
        print(f"FAIL: {tool} is not installed (Debian package {package})")
        sys.exit(1)
    if path is None:
        skip(f"{tool} is not installed (Debian package {package})")
    return path


def run(check, *words, **options):
    """Runs a tool; its output becomes a failure when it does not end well."""
    done = subprocess.run(words, capture_output=True, text=True, **options)
    check.that(done.returncode == 0,
               f"{' '.join(map(str, words))}: exit status {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def read_catalogue(source):
    """The generated table of docs/metrics.md: name -> set of labels."""
    page = pathlib.Path(source, "docs/metrics.md").read_text()
    metrics = {}
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) < 5 or not re.fullmatch(r"`[a-z][a-z0-9_]*`", cells[0]):
            continue
        name, kind = cells[0].strip("`"), cells[1]
        labels = set(re.findall(r"`(\w+)`", cells[3]))
        metrics[name] = labels
        if kind == "histogram":
            metrics.update({f"{name}_bucket": labels | {"le"}, f"{name}_sum": labels,
                            f"{name}_count": labels})
    return metrics


def known_words(source):
    """Every quoted word of the libraries whose names become label values, in lower case."""
    words = set()
    for folder in ("agent/core", "rules", "exporter"):
        for path in pathlib.Path(source, folder).rglob("*.[ch]pp"):
            words.update(word.lower() for word in re.findall(r'"(\w+)"', path.read_text()))
    return words


# Labels that Prometheus puts beside a metric's own.
TARGET_LABELS = ("job", "instance", "cluster", "node")


def check_expression(check, where, expression, metrics, words):
    """Each metric exists, each matched label is one of its own, each compared value can occur."""
    found = re.findall(r"\b((?:slewd|process)_[a-z0-9_]+|up)\b(?:\s*\{([^}]*)\})?", expression)
    check.that(found, f"{where}: no metric of slewd in {expression}")
    for name, matchers in found:
        if name not in metrics and name != "up":
            check.that(False, f"{where}: docs/metrics.md has no {name}")
            continue
        for label, _, value in re.findall(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"', matchers):
            if label in TARGET_LABELS:
                continue
            check.that(label in metrics.get(name, ()), f"{where}: {name} has no label {label}")
            for word in value.split("|"):
                check.that(word in words or word.startswith("$"),
                           f"{where}: {label} of {name} is never \"{word}\"")
