# SPDX-License-Identifier: Apache-2.0
"""QEMU's control channel: one line of JSON for each command and each answer."""
import json
import socket


class QmpError(RuntimeError):
    pass


class Qmp:
    def __init__(self, path, limit=120):
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(limit)
        self._socket.connect(path)
        self._lines = self._socket.makefile("rw")
        self._lines.readline()  # the greeting
        self.command("qmp_capabilities")

    def close(self):
        self._lines.close()
        self._socket.close()

    def command(self, name, **arguments):
        self._lines.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self._lines.flush()
        while True:
            answer = json.loads(self._lines.readline() or '{"error": {"desc": "QEMU is gone"}}')
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise QmpError(f"{name}: {answer['error']['desc']}")

    def monitor(self, line):
        """A command of the human monitor; those for snapshots exist only there."""
        said = self.command("human-monitor-command", **{"command-line": line}).strip()
        if said:
            raise QmpError(f"{line}: {said}")
