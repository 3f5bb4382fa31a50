#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A bad configuration is refused with file, line, path and what would be right, exit status 2; at a
reload nothing changes, and slewd says so."""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from lib import children, slewd, waiting  # noqa: E402

# What the file says, and what each refusal must say besides the file's name: the line, the path,
# the advice. The faulty line is the third of each text.
CASES = {
    "unknown key": ('{\n "mode": "observe",\n "step": {"at_startupp": "never"}\n}',
                    [":3", "step.at_startupp", "at_startup"]),
    "duplicate key": ('{\n "mode": "observe",\n "mode": "auto"\n}', [":3", "mode"]),
    "wrong unit": ('{\n "mode": "observe",\n "poll": {"min": "64parsecs"}\n}',
                   [":3", "poll.min", "64parsecs", "ms"]),
    "number without a unit": ('{\n "mode": "observe",\n "poll": {"min": 64}\n}',
                              [":3", "poll.min", '"64s"']),
    "wrong word": ('{\n\n "mode": "obsrve"\n}', [":3", "mode", "observe"]),
    "broken JSON": ('{\n "mode": "observe",\n "poll" {}\n}', [":3"]),
    "trailing garbage": ('{\n "mode": "observe"\n} {}', [":3"]),
    "no object": ('\n\n[]\n', [":3"]),
    "out of range": ('{\n "servers": [\n  {"host": "127.0.0.1", "port": 70000}]\n}',
                     [":3", "servers[0].port", "65535"]),
}


def refused(argv, title, wanted):
    """The program ends with status 2 and says all of `wanted` on standard error."""
    done = subprocess.run([children.WITHOUT_TIME, *argv], stdin=subprocess.DEVNULL, timeout=30,
                          capture_output=True, text=True, check=False)
    print(f"{title}: {done.stderr.strip()}")
    assert done.returncode == slewd.BAD_CONFIGURATION, f"{title}: exit status {done.returncode}"
    for text in wanted:
        assert text in done.stderr, f"{title}: {text!r} is not in the message"


def cases(scene):
    for number, (title, (text, wanted)) in enumerate(CASES.items()):
        path = pathlib.Path(scene.path(f"bad{number}.json"))
        path.write_text(text, encoding="utf-8")
        for argv in (slewd.check_arguments(path), slewd.run_arguments(path)):
            refused(argv, title, [str(path), *wanted])
    missing = scene.path("missing.json")
    for argv in (slewd.check_arguments(missing), slewd.run_arguments(missing)):
        refused(argv, "missing file", [missing])
    rule_file = pathlib.Path(scene.path("rules.json"))
    rule_file.write_text('{"schema": "slewd.rules/1",\n "targets": {},\n "rulez": []}\n')
    config = slewd.write_json(scene.path("names-rules.json"),
                              {"rules": {"files": [str(rule_file)], "builtin": False}})
    refused(slewd.check_arguments(config), "bad rule file",
            [str(rule_file), ":3", "rulez", "rules"])


def in_force(daemon):
    """What the configuration has made of the daemon: its mode, poll range, sources and rules."""
    status = daemon.api("status")
    return (status["mode"], status["poll"],
            [source["name"] for source in daemon.api("sources")["sources"]],
            [(rule["name"], rule["mode"], rule["when"]) for rule in daemon.api("rules")["rules"]])


def refused_reload(daemon, title):
    """A reload that must change nothing, and be told of in the log."""
    before, seen = in_force(daemon), len(daemon.log_text())
    daemon.reload()
    waiting.until(f"{title}: the refusal is in the log",
                  lambda: "configuration rejected" in daemon.log_text()[seen:])
    assert in_force(daemon) == before, f"{title}: something has changed"


def reload_keeps_the_old(scene):
    rule_file = pathlib.Path(slewd.write_json(scene.path("own.json"), {
        "schema": "slewd.rules/1",
        "rules": [{"name": "own", "when": "abs(offset) > 1h", "do": [{"notify": "far off"}]}]}))
    daemon = slewd.Slewd(scene, [slewd.server(waiting.free_port(), "first")], [rule_file]).ready()
    waiting.until("rules and sources", lambda: daemon.api("rules") and daemon.source("first"))
    config = pathlib.Path(daemon.config_path)
    good, good_rules = config.read_text("ascii"), rule_file.read_text("ascii")
    for title, (text, _) in CASES.items():
        config.write_text(text, encoding="utf-8")
        refused_reload(daemon, title)
    config.unlink()
    refused_reload(daemon, "missing file")
    config.write_text(good, encoding="ascii")
    rule_file.write_text(good_rules.replace("1h", "1 parsec"), encoding="ascii")
    refused_reload(daemon, "bad rule file")

    rule_file.write_text(good_rules.replace("1h", "2h"), encoding="ascii")
    slewd.write_json(config, {**json.loads(good),
                              "servers": [slewd.server(waiting.free_port(), "second")]})
    daemon.reload()
    waiting.until("a good file is taken whole", lambda: in_force(daemon)[2:] == (
        ["second"], [("own", "shadow", "abs(offset) > 2h")]))


def body(scene):
    cases(scene)
    reload_keeps_the_old(scene)


children.run("a bad configuration is refused at start and changes nothing at reload", body)
