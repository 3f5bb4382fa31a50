#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The whole promise with a real Dovecot: its clock is stepped back 60 s and a login works again
within seconds, since slewd's rule reloads it; killed outright, it is started again and verified.
slewd runs under the same preload clock, so it sees the step with its own eyes."""
import json
import pathlib
import re
import signal
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from lib import children, chronyd, dovecot, imap, peers, slewd, waiting  # noqa: E402
from lib.clock_file import ClockFile  # noqa: E402

STEP = -60.0
REPAIRED_WITHIN = 20.0  # generous for a busy machine; the time itself is printed


def rules(server, password_file):
    """The shipped rules, changed as their first comment tells the operator: where this Dovecot
    is, how it is started, and mode act. Conditions, actions and proofs stay as shipped."""
    text = (peers.ROOT / "rules/builtin/dovecot.json").read_text("utf-8")
    file = json.loads(re.sub(r"^\s*//.*$", "", text, flags=re.MULTILINE))
    target = file["targets"]["dovecot"]
    target["commands"] = {verb: [path] for verb, path in server.commands.items()}
    for probe in target["probes"].values():
        probe["port"] = server.port
    # On a busy machine a healthy login may take more than the second that is shipped.
    target["probes"]["login"].update(user=dovecot.USER, password_file=password_file, timeout="3s")
    for rule in file["rules"]:
        rule["mode"] = "act"
    return file


def wait_for_verdict(daemon, rule, action):
    """The outcome of the rule; it must be verified and say what was done."""
    outcome = waiting.until(f"an outcome of {rule}", lambda: daemon.actions(rule), within=30)[0]
    assert outcome["ending"] == "verified", outcome
    assert outcome["action"] == action, outcome
    return outcome


def rescue_from_hang(server, daemon, traffic):
    stepped = server.step(STEP)
    hang = server.announced_wait()
    back = waiting.until("a login after those that hang", lambda: traffic.recovery(stepped),
                         within=40)
    took = back - stepped
    outcome = wait_for_verdict(daemon, "dovecot-login-hang", "reload dovecot")
    jump = waiting.until("the jump is reported", lambda: jump_seen(daemon), within=20)
    print(f"hang: without slewd {hang:.0f} s, as Dovecot itself says; with slewd a login succeeds "
          f"{took:.2f} s after the step (slewd saw a jump of {jump['size_seconds']:+.3f} s, and "
          f"took {outcome['took_seconds']:.2f} s from decision to proof)")
    assert hang > 30, "this Dovecot would not have hung: nothing was proved"
    assert took < REPAIRED_WITHIN, f"{took:.1f} s are no repair within seconds"


def jump_seen(daemon):
    """The step as slewd reports it, signed and with its size."""
    for jump in (daemon.api("jumps") or {"jumps": []})["jumps"]:
        if abs(jump["size_seconds"] - STEP) < 0.5 and jump["direction"] == "backward":
            return jump
    return None


def rescue_from_death(server, daemon, traffic):
    before = server.master()
    assert before, "Dovecot has no master"
    killed = time.monotonic()
    children.kill_orphan(before)
    for pid in server.processes():
        children.signal_quietly(pid, signal.SIGKILL)
    back = waiting.until("a login after those refused", lambda: traffic.recovery(killed), within=40)
    outcome = wait_for_verdict(daemon, "dovecot-dead", "start dovecot")
    assert server.master() not in (None, before), "it is not a new master"
    print(f"death: without slewd never; with slewd a login succeeds {back - killed:.2f} s after "
          f"SIGKILL (slewd: {outcome['took_seconds']:.2f} s from decision to proof)")
    assert back - killed < REPAIRED_WITHIN, f"{back - killed:.1f} s are no repair within seconds"


def body(scene):
    peers.require("dovecot")
    clock = ClockFile(scene.path("clock"))
    scene.at_end(clock.close)
    server = dovecot.Dovecot(scene, clock)
    server.start()
    # The first logins wait for Dovecot's processes, on a busy machine for more than the probe does; a
    # service whose logins have just failed is not repaired.
    traffic = imap.Traffic(server.port, dovecot.USER, dovecot.PASSWORD)
    scene.at_end(traffic.stop)
    waiting.until("20 logins of the traffic", lambda: traffic.successes() >= 20, within=60)
    source = chronyd.farm(scene, [0.0])[0]
    password_file = pathlib.Path(scene.path("password"))
    password_file.write_text(dovecot.PASSWORD + "\n", encoding="ascii")
    password_file.chmod(0o600)
    rule_file = slewd.write_json(scene.path("rules.json"), rules(server, str(password_file)))
    daemon = slewd.Slewd(scene, [slewd.server(source.port)], [rule_file], clock,
                         builtin=True).ready()
    for name in ("dovecot.login", "dovecot.port"):
        waiting.until(f"probe {name} is ok",
                      lambda name=name: (daemon.probe(name) or {}).get("state") == "ok", within=30)
    assert not daemon.actions("dovecot-dead"), "a rule has acted on a healthy Dovecot"

    rescue_from_hang(server, daemon, traffic)
    rescue_from_death(server, daemon, traffic)
    ledger = daemon.ledger_text()
    for rule in ("dovecot-login-hang", "dovecot-dead"):
        assert rule in ledger, f"{rule} is not in the ledger on disk"


children.run("slewd frees a hung Dovecot and starts a dead one", body)
