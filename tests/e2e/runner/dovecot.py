# SPDX-License-Identifier: Apache-2.0
"""A real Dovecot, 2.3 or 2.4, in the guest under Debian's own unit, and clients that keep it busy. A busy
server is the one that a step hurts: Dovecot holds logins back for the step less the time since its
master last woke."""
import json
import re
import statistics

from .guest import GuestError

USER, PASSWORD, PORT = "probe", "let-me-in", 143
# imap-login in what its documentation calls high-performance mode: emulated processors take half a
# second for a process of its own for each connection.
_OF_2_3 = f"""\
protocols = imap
ssl = no
disable_plaintext_auth = no
mail_location = maildir:~/mail
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = static
  args = uid=mail-owner gid=mail-owner home=/var/lib/mail-of/%u
}}
service imap-login {{
  service_count = 0
  process_min_avail = 1
  inet_listener imap {{
    address = 127.0.0.1
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""
_OF_2_4 = f"""\
dovecot_config_version = 2.4.0
dovecot_storage_version = 2.4.0
protocols {{
  imap = yes
}}
ssl = no
auth_allow_cleartext = yes
mail_driver = maildir
mail_path = ~/mail
passdb static {{
  password = {PASSWORD}
}}
userdb static {{
  fields {{
    uid = mail-owner
    gid = mail-owner
    home = /var/lib/mail-of/%{{user}}
  }}
}}
service imap-login {{
  restart_request_count = unlimited
  process_min_avail = 1
  inet_listener imap {{
    listen = 127.0.0.1
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
"""
# What a Dovecot 1.x was for systemd: a main process that a step kills.
_OF_OLD = """\
[Service]
Type=simple
ExecStart=
ExecStart=/usr/local/bin/dies_of_steps /usr/sbin/dovecot -F
"""
_NOTICED = r"Time moved backwards by \S+ \w+, waiting for ([0-9.]+) sec"
_WATCHED = 300  # seconds; the guest goes away with its case


class Attempts(list):
    """What imap_watch has told: begun, ended and took in seconds of CLOCK_MONOTONIC_RAW, outcome."""

    def good(self):
        return Attempts(each for each in self if each["outcome"] == "ok")

    def after(self, moment):
        return Attempts(each for each in self if each["begun"] > moment)

    def before(self, moment):
        return Attempts(each for each in self if each["ended"] < moment)

    def median(self):
        return statistics.median(each["took"] for each in self) if self else None

    def back_after(self, moment):
        """Seconds from then until an attempt that was begun later had succeeded, or None."""
        return next((each["ended"] - moment for each in self.after(moment).good()), None)

    def longest_gap(self, moment):
        """The longest time without a success from then on: its length, and how long after `moment`
        it ended, both in seconds."""
        ends = [moment, *(each["ended"] for each in self.good() if each["ended"] > moment)]
        return max((later - earlier, later - moment) for earlier, later in zip(ends, ends[1:]))


class Dovecot:
    def __init__(self, guest):
        self._guest = guest

    def start(self, of_old=False):
        self._guest.run("useradd --system mail-owner && install -d -o mail-owner /var/lib/mail-of")
        version = self._guest.run("dovecot --version")
        text = _OF_2_3 if version.startswith("2.3.") else _OF_2_4
        self._guest.run(f"cat >/etc/dovecot/dovecot.conf <<'END'\n{text}END")
        if of_old:
            folder = "/etc/systemd/system/dovecot.service.d"
            self._guest.run(f"mkdir -p {folder} && cat >{folder}/of-old.conf <<'END'\n{_OF_OLD}END\n"
                            "systemctl daemon-reload")
        self._guest.run("systemctl start dovecot")

    def watch(self, job):
        """Begins to log in ("login") or to ask for the greeting ("greet") again and again."""
        account = f"{USER} {PASSWORD}" if job == "login" else ""
        self._guest.run(f"setsid imap_watch {job} {PORT} {_WATCHED} {account} >/run/{job}s 2>&1 "
                        "</dev/null &")

    def attempts(self, job):
        lines = self._guest.run(f"cat /run/{job}s").splitlines()
        return Attempts(json.loads(line) for line in lines if line.endswith("}"))

    def wait_for(self, what, condition, within):
        """Polls the logins until `condition` holds of them; returns these, or fails."""
        found = Attempts()

        def holds():
            nonlocal found
            found = self.attempts("login")
            return condition(found)
        if not self._guest.poll(holds, within, every=0.5):
            raise GuestError(f"not within {within} s: {what}; the last logins: {found[-3:]}")
        return found

    def plain_login(self, count=6):
        """Seconds that a login takes here; the first, which makes the user's folders, is not one."""
        found = self.wait_for(f"{count} logins", lambda logins: len(logins.good()) > count, 60)
        return Attempts(found.good()[1:]).median()

    def announced_waits(self):
        """Seconds, one for each step that the master has noticed."""
        said = self._guest.run("journalctl --no-pager --output cat --unit dovecot")
        return [float(found) for found in re.findall(_NOTICED, said)]

    def state(self):
        said = self._guest.run("systemctl show dovecot --property "
                               "ActiveState,ExecMainStatus,NRestarts,MainPID")
        return dict(line.split("=", 1) for line in said.splitlines())
