# SPDX-License-Identifier: Apache-2.0
"""A real Varnish in the guest under Debian's unit, in front of a small server, with a client that
counts what goes wrong."""
import json
import re

_PORT, _BEHIND = 6081, 8080
_WATCHED = 300  # seconds; a case ends it sooner
_MEMORY = "s/malloc,256m/malloc,16m/"


class Varnish:
    def __init__(self, guest):
        self._guest = guest

    def start(self):
        """Its first child has to have compiled the configuration, for which it runs a C compiler."""
        unit = "/etc/systemd/system/varnish.service"
        self._guest.run(f"sed {_MEMORY} /lib/systemd/system/varnish.service >{unit} && "
                        "systemctl daemon-reload && "
                        f"systemd-run --quiet --unit behind http_watch serve {_BEHIND} && "
                        "systemctl start varnish")
        self._guest.wait("Varnish answers", f"http_watch load {_PORT} 1 | grep '\"errors\": 0,'",
                         within=90)

    def watch(self):
        """Begins to ask for a page again and again."""
        self._guest.run(f"setsid http_watch load {_PORT} {_WATCHED} >/run/load 2>&1 </dev/null & "
                        "echo $! >/run/load.pid")
        self._guest.run("sleep 2")

    def tally(self):
        """Ends that, and returns what came of it."""
        self._guest.run("sleep 3; kill $(cat /run/load.pid)")
        return json.loads(self._guest.wait("the load has ended", "grep requests /run/load"))

    def panics(self):
        """How often its child has died of the clock."""
        said = self._guest.run("journalctl --quiet --no-pager --output cat --unit varnish")
        return len(set(re.findall(r"Child \((\d+)\) Panic at", said)))

    def tolerance(self):
        """Its parameter clock_step, in seconds."""
        said = self._guest.run("varnishadm param.show clock_step")
        return float(re.search(r"Value is: ([0-9.]+) ", said)[1])
