# SPDX-License-Identifier: Apache-2.0
"""The package on a fresh Debian: it installs, starts by itself as its own user, and complains about
nothing."""
import re


def install(stage, finding):
    finding.expected = "installs, runs as user slewd, no error in the journal"
    stage.guest.push(stage.package, "/var/tmp/slewd.deb", mode="644")
    begun = stage.uptime()
    status, said = stage.guest.attempt("dpkg -i /var/tmp/slewd.deb", within=120)
    finding.number("install_seconds", round(stage.uptime() - begun, 1))
    if not finding.check("install", status == 0):
        finding.saw(said.strip()[-400:])
        return
    stage.guest.wait("the unit is active", "systemctl is-active --quiet slewd", within=60)
    user = stage.guest.run("ps -C slewd -o user=").split()
    finding.check("user", user == ["slewd"])
    enabled = stage.guest.attempt("systemctl is-enabled slewd")[1].strip()
    finding.check("enabled", enabled == "enabled")
    status = stage.slewd.wait_for("an answer", "status", lambda answer: "state" in answer)
    finding.saw(f"installed and started in {finding.numbers['install_seconds']} s, user "
                f"{','.join(user)}, mode {status['mode']}, phase {status['state']}")
    # The journal's own priorities, and slewd's.
    errors = stage.guest.run("journalctl --no-pager --output cat --quiet --unit slewd "
                             "--priority err")
    errors += "".join(line + "\n" for line in stage.slewd.journal().splitlines()
                      if re.search(r"\blevel=(error|critical)\b", line))
    if not finding.check("journal", not errors):
        finding.saw("journal: " + errors.strip()[:300])
    failed = stage.guest.run("systemctl list-units --failed --plain --no-legend")
    if not finding.check("failed units", not failed):
        finding.saw("failed: " + failed.strip()[:200])


def hardening(stage, finding):
    finding.expected = "an exposure that systemd-analyze security calls OK"
    said = stage.guest.run("systemd-analyze security --no-pager slewd.service", within=60)
    found = re.search(r"Overall exposure level for slewd\.service: ([0-9.]+) (\w+)", said)
    if finding.check("no score", found is not None):
        finding.saw(f"{found[1]} {found[2]}")
        finding.number("exposure", float(found[1]))
        finding.check("exposure", found[2] in ("OK", "SAFE"))
