#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every way into a real Dovecot by slewd's own probes: a login in clear, by STARTTLS and under TLS
from the first byte, and doveadm's table of a service. None passes once Dovecot is gone."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from lib import children, chronyd, dovecot, peers, slewd, waiting  # noqa: E402
from lib.clock_file import ClockFile  # noqa: E402


def rules(server, password_file):
    def login(port, tls):
        return {"type": "imap_login", "port": port, "tls": tls, "user": dovecot.USER,
                "password_file": password_file}

    table = server.doveadm("-f", "tab", "service", "status", "imap")
    return {"schema": "slewd.rules/1",
            "targets": {"dovecot": {"probes": {
                "clear": login(server.port, "none"),
                "starttls": login(server.port, "starttls"),
                "tls": login(server.tls_port, "implicit"),
                "table": {"type": "exec", "argv": table, "timeout": "10s",
                          "column": {"name": "listening", "equals": "y"}}}}},
            "rules": [{"name": "look", "mode": "shadow", "when": "probe.dovecot == failed",
                       "do": [{"notify": "dovecot does not serve"}]}]}


def wait_for(daemon, state):
    """Every probe in this state; what each has to say."""
    def all_so():
        probes = (daemon.api("rules") or {"probes": []})["probes"]
        return probes if probes and all(probe["state"] == state for probe in probes) else None
    return {probe["name"]: probe.get("detail", "")
            for probe in waiting.until(f"all probes are {state}", all_so, within=60)}


def body(scene):
    peers.require("dovecot")
    clock = ClockFile(scene.path("clock"))
    scene.at_end(clock.close)
    server = dovecot.Dovecot(scene, clock, tls=True)
    server.start()
    source = chronyd.farm(scene, [0.0])[0]
    password_file = pathlib.Path(scene.path("password"))
    password_file.write_text(dovecot.PASSWORD + "\n", encoding="ascii")
    password_file.chmod(0o600)
    rule_file = slewd.write_json(scene.path("rules.json"), rules(server, str(password_file)))
    daemon = slewd.Slewd(scene, [slewd.server(source.port)], [rule_file], clock).ready()
    said = wait_for(daemon, "ok")
    print(json.dumps(said))
    assert said["dovecot.clear"] == "login ok", said
    for name in ("dovecot.starttls", "dovecot.tls"):
        assert said[name].startswith("login ok (TLSv1."), said
    server.kill()
    print(json.dumps(wait_for(daemon, "failed")))


children.run("slewd's probes log into Dovecot in clear and under TLS", body)
