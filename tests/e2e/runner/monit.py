# SPDX-License-Identifier: Apache-2.0
"""monit beside the service: its IMAP test, its restart, a cycle of 30 s (Debian's own is 120 s)."""

CYCLE = 30  # seconds
_LOG = "/run/monit.log"
_CONFIGURATION = f"""\
set daemon {CYCLE}
set log {_LOG}
set idfile /run/monit.id
set statefile /run/monit.state
check process dovecot with pidfile /run/dovecot/master.pid
  start program = "/usr/bin/systemctl start dovecot"
  stop program = "/usr/bin/systemctl stop dovecot"
  if failed host 127.0.0.1 port 143 protocol imap with timeout 10 seconds then restart
"""


def start(guest):
    guest.run(f"cat >/run/monitrc <<'END'\n{_CONFIGURATION}END\n"
              "chmod 600 /run/monitrc && monit -c /run/monitrc")
    guest.wait("monit runs", f"grep -q 'Starting Monit' {_LOG}")


def events(guest):
    """What it has found wrong or done; its own start and end are neither."""
    lines = guest.run(f"cat {_LOG}").splitlines()
    return [line.split(" : ")[-1].strip() for line in lines
            if " error " in line or "trying to" in line or "action done" in line]
