# SPDX-License-Identifier: Apache-2.0
"""What polkit lets an unprivileged slewd do, with deploy/polkit/50-slewd.rules and without it."""
from runner import repair
from runner.dovecot import Dovecot

# No root, no capability, and no way to get one: sudo could not work here.
_AS_SLEWD = ("setpriv --reuid slewd --regid slewd --clear-groups --no-new-privs "
             "--bounding-set=-all --inh-caps=-all --ambient-caps=-all ")
_BUS = ("busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 "
        "org.freedesktop.systemd1.Manager ")
# A stand-in that any restart would show; the guest has no sshd.
_SSH = "[Service]\\nExecStart=/usr/bin/sleep infinity\\n"
_GRANTED = (
    ("restart", "systemctl restart dovecot.service"),
    ("reload", "systemctl reload dovecot.service"),
    ("stop", "systemctl stop dovecot.service"),
    ("start", "systemctl start dovecot.service"),
    ("restart over D-Bus", _BUS + "RestartUnit ss dovecot.service replace"),
)
_REFUSED = (
    ("restart ssh", "systemctl restart ssh.service"),
    ("stop ssh", "systemctl stop ssh.service"),
    ("restart ssh over D-Bus", _BUS + "RestartUnit ss ssh.service replace"),
    ("restart slewd", "systemctl restart slewd.service"),
    ("kill dovecot", "systemctl kill dovecot.service"),
    ("mask dovecot", "systemctl mask dovecot.service"),
    ("disable dovecot", "systemctl disable dovecot.service"),
    ("set-property", "systemctl set-property dovecot.service CPUQuota=1%"),
    ("edit the manager", "systemctl set-environment A=b"),
    ("daemon-reload", "systemctl daemon-reload"),
    ("transient unit", "systemd-run /bin/true"),
    ("reboot", "systemctl reboot"),
)


def _pid(stage, unit):
    return stage.guest.run(f"systemctl show {unit} --property MainPID --value").strip()


def polkit(stage, finding):
    finding.expected = (f"{len(_GRANTED)} calls for dovecot granted, {len(_REFUSED)} others refused, "
                        "none without the file")
    stage.restore(mode="observe")
    Dovecot(stage.guest).start()
    stage.guest.run(f"printf '{_SSH}' >/etc/systemd/system/ssh.service && systemctl daemon-reload "
                    "&& systemctl start ssh")
    # The package has installed it: without it nothing may be.
    repair.forbid(stage.guest)
    stage.guest.wait("polkitd has noticed", f"! {_AS_SLEWD + _GRANTED[1][1]}", every=0.5)
    finding.check("may already", stage.guest.attempt(_AS_SLEWD + _GRANTED[0][1])[0] != 0)
    repair.permit(stage.guest)
    stage.guest.wait("polkitd has read the file", _AS_SLEWD + _GRANTED[1][1], every=0.5)
    granted = []
    for name, command in _GRANTED:
        before = _pid(stage, "dovecot")
        status, said = stage.guest.attempt(_AS_SLEWD + command)
        if finding.check(name, status == 0):
            granted.append(name)
        else:
            finding.saw(f"{name}: {said.strip()[:200]}")
        if name == "restart":
            finding.check("not restarted", _pid(stage, "dovecot") not in ("0", before))
    refused, kept = [], _pid(stage, "ssh")
    for name, command in _REFUSED:
        status, said = stage.guest.attempt(_AS_SLEWD + command)
        denied = any(word in said for word in ("denied", "authentication required"))
        if finding.check(name, status != 0 and denied):
            refused.append(name)
        else:
            finding.saw(f"{name}: exit status {status}, {said.strip()[:200]}")
    finding.check("ssh touched", _pid(stage, "ssh") == kept != "0")
    stage.guest.wait("dovecot runs", "systemctl is-active --quiet dovecot")
    nothing = stage.guest.run(_AS_SLEWD + "grep -E 'CapEff|NoNewPrivs' /proc/self/status").split()
    finding.check("rights", nothing == ["CapEff:", "0" * 16, "NoNewPrivs:", "1"])
    finding.number("granted", len(granted))
    finding.number("refused", len(refused))
    finding.saw(f"as slewd, {' '.join(nothing)}: granted {', '.join(granted)}; "
                f"refused {', '.join(refused)}")
