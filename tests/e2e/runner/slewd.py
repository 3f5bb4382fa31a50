# SPDX-License-Identifier: Apache-2.0
"""slewd in the guest: its unit, its configuration, its answers."""
import json

from .guest import GuestError, GuestSilent

PORT = 10123
_CONFIGURATION = "/etc/slewd/slewd.json"


class Slewd:
    def __init__(self, guest, servers):
        self._guest, self._servers = guest, servers

    def configure(self, **more):
        """The package's own defaults, but for the servers and quick polls."""
        usual = {"mode": "auto", "servers": [{"host": each} for each in self._servers],
                 "poll": {"min": "4s", "max": "16s"}}
        self.configure_only(**{**usual, **more})

    def configure_only(self, **configuration):
        """What is not named has the package's own default."""
        text = json.dumps(configuration, indent=2)
        self._guest.run(f"cat >{_CONFIGURATION} <<'END'\n{text}\nEND")

    def start(self, within=60):
        """By its unit; systemd returns when slewd has said that it is ready."""
        self._guest.run("systemctl start slewd", within)

    def page(self, path):
        return self._guest.run(f"jump_probe {PORT} get {path}")

    def api(self, name):
        return json.loads(self.page("/api/v1/" + name))

    def wait_for(self, what, name, condition, within=60):
        """Polls an endpoint until `condition` holds of its answer, which is returned."""
        last = "nothing"

        def holds():
            nonlocal last
            try:
                last = self.api(name)
                return condition(last)
            except GuestSilent:
                raise
            except (GuestError, ValueError, KeyError):
                return False
        if not self._guest.poll(holds, within):
            raise GuestError(f"not within {within} s: {what}; {name} said {last}")
        return last

    def wait_for_sync(self, within=90):
        """A lock is taken for every case: before the first Sync slewd may still step itself."""
        return self.wait_for("phase Sync", "status", lambda status: status["state"] == "sync",
                             within)

    def wait_until_synchronized(self, within=90):
        """For mode observe, which has no phase Sync."""
        return self.wait_for("synchronized", "status", lambda status: status["synchronized"], within)

    def wait_for_probe(self, name, within=30):
        return self.wait_for(f"probe {name} is ok", "rules", lambda rules: any(
            probe["name"] == name and probe["state"] == "ok" for probe in rules["probes"]), within)

    def outcomes(self, rule):
        """What a rule's actions came to, newest first."""
        return [each for each in self.api("actions")["actions"] if each["rule"] == rule]

    def wait_for_outcome(self, rule, within=60):
        self.wait_for(f"an outcome of {rule}", "actions", lambda answer: any(
            each["rule"] == rule for each in answer["actions"]), within)
        return self.outcomes(rule)[0]

    def journal(self):
        return self._guest.run("journalctl --no-pager --output cat --unit slewd")
