#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A dead daemon, a dead time server, paused rules and a lock that was taken away each raise the alert that names
it: in a real Prometheus, with the shipped alerts, whose `for` alone is shortened."""
import fcntl
import pathlib
import shutil
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "deploy"))
import alertrules  # noqa: E402
from lib import children, ntp_server, peers, slewd, waiting  # noqa: E402
from lib.place import Place  # noqa: E402
from lib.prometheus import Prometheus  # noqa: E402

LOCK = "mail"
RULE = {"schema": "slewd.rules/1",
        "targets": {"it": {"commands": {"start": ["/bin/true"]}}},
        "fleet": {LOCK: {"slots": 1}},
        "global": {"boot_grace": "0s"},
        "rules": [{"name": "always", "mode": "act", "when": "bound >= 0s",
                   "fleet": LOCK, "do": [{"start": "it"}]}]}


def start(scene, name, server, rule_files=()):
    """A slewd in a folder of its own."""
    return slewd.Slewd(Place(scene, name), [slewd.server(server.port, "lone")], rule_files,
                       poll={"min": "1s", "max": "1s"})


def hold_lock(daemon):
    """Takes the lock's only slot before slewd does; the file, which keeps it until it is closed."""
    folder = daemon.state_directory / "fleet"
    waiting.until("the folder of locks", folder.is_dir)
    # pylint: disable-next=consider-using-with
    slot = open(folder / f"slewd-{LOCK}-0", "w", encoding="ascii")
    fcntl.flock(slot, fcntl.LOCK_EX)
    return slot


def body(scene):
    good = ntp_server.NtpServer(scene, 0.0)
    dying = ntp_server.NtpServer(scene, 0.0)
    dead = start(scene, "dead", good)
    paused = start(scene, "paused", dying)
    rule_file = slewd.write_json(scene.path("always.json"), RULE)
    locked = start(scene, "locked", good, [rule_file])
    daemons = (dead, paused, locked)
    slot = hold_lock(locked)
    prometheus = Prometheus(scene, {"slewd": [(daemon.ready().port, {"node": f"n{daemon.port}"})
                                              for daemon in daemons]},
                            alertrules.quicker(peers.ROOT, "1s"))
    scene.at_failure(lambda: print(prometheus.ask("alerts"), prometheus.query("up")))
    waiting.until("each slewd is scraped and synchronized",
                  lambda: len(prometheus.query("slewd_clock_synchronized == 1")) == len(daemons),
                  within=60, every=0.25)
    waiting.until("the lock is known", lambda: prometheus.value("slewd_fleet_lock_unreachable"), every=0.25)
    expected = {("SlewdDown", dead), ("SlewdSourcesUnreachable", paused), ("SlewdRulesPaused", paused),
                ("SlewdLockUnreachable", locked)}
    wanted = {(name, f"127.0.0.1:{daemon.port}"): daemon for name, daemon in expected}
    early = wanted.keys() & prometheus.firing().keys()
    assert not early, early

    dead.child.signal(signal.SIGKILL)
    dying.stop()
    paused.post("pause")
    shutil.rmtree(locked.state_directory / "fleet")
    slot.close()
    waiting.until("the alerts " + ", ".join(name for name, _ in wanted),
                  lambda: wanted.keys() <= prometheus.firing().keys(), within=60, every=0.25)
    fired = prometheus.firing()
    for key, daemon in wanted.items():
        annotations = fired[key]["annotations"]
        assert f"n{daemon.port}" in annotations["summary"], annotations
        page = annotations["runbook_url"].removeprefix(alertrules.RUNBOOK_BASE + "/")
        assert (peers.ROOT / page).is_file(), annotations
        print(f"{key[0]}: {annotations['summary']}")
    assert fired[("SlewdLockUnreachable", f"127.0.0.1:{locked.port}")]["labels"]["lock"] == LOCK
    # Of no other daemon.
    for name in ("SlewdDown", "SlewdRulesPaused", "SlewdLockUnreachable", "SlewdAbsent"):
        found = {key for key in fired if key[0] == name} - wanted.keys()
        assert not found, found

    paused.post("resume")
    waiting.until("the pause is over", lambda: ("SlewdRulesPaused", f"127.0.0.1:{paused.port}")
                  not in prometheus.firing(), within=20, every=0.25)


children.run("a real Prometheus raises the alert that names the fault", body)
