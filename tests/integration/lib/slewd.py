# SPDX-License-Identifier: Apache-2.0
"""slewd itself, started as a test wants it, and its answers. The names of configuration keys, flags
and API fields that the integration tests rely on are here and nowhere else."""
import http.client
import json
import os
import pathlib
import signal
import socket

from . import peers, waiting

BAD_CONFIGURATION = 2  # exit status


def program(variable):
    path = os.environ.get(variable, "")
    if not os.access(path, os.X_OK):
        peers.skip(f"{variable} names no program; run this test through ctest")
    return path


def binary():
    return program("SLEWD_BINARY")


def demo_arguments(port, length):
    """The demo of slewd-lab, which ends by itself after `length` (a duration)."""
    return [program("SLEWD_LAB_BINARY"), "demo", "--port", str(port), "--for", length]


def run_arguments(config_path):
    return [binary(), "run", "--foreground", "--mode", "observe", "--config", str(config_path)]


def check_arguments(config_path):
    return [binary(), "check-config", "--config", str(config_path)]


def server(port, name=None):
    entry = {"host": "127.0.0.1", "port": port}
    return {**entry, "name": name} if name else entry


def configuration(scene, servers, port, rule_files=(), builtin=False, **more):
    """What all tests share: observe, quick polls, everything in the test's folder."""
    return {"mode": "observe", "servers": servers, "poll": {"min": "1s", "max": "4s"},
            "listen": f"127.0.0.1:{port}", "control_socket": scene.path("slewd.sock"),
            "state_directory": scene.path("state"),
            # Rules start daemons that change their root (Dovecot), which the filter of calls refuses.
            "user": "root", "seccomp": False,
            "rules": {"builtin": builtin, "files": [str(file) for file in rule_files]}, **more}


def environment(clock=None):
    """Under the preload clock a sanitizer's runtime is not the first library; that is intended."""
    options = ":".join(filter(None, [os.environ.get("ASAN_OPTIONS"), "verify_asan_link_order=0"]))
    return {"ASAN_OPTIONS": options, **(clock.environment() if clock else {})}


def write_json(path, value):
    pathlib.Path(path).write_text(json.dumps(value, indent=2) + "\n", encoding="ascii")
    return str(path)


def control(path, limit=30.0):
    """A connection to the control socket."""
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    link.settimeout(limit)
    link.connect(path)
    return link


class Slewd:
    def __init__(self, scene, servers, rule_files=(), clock=None, **more):
        self.port = waiting.free_port()
        self.state_directory = pathlib.Path(scene.path("state"))
        self.state_directory.mkdir()
        self.config_path = scene.path("slewd.json")
        self.config = configuration(scene, servers, self.port, rule_files, **more)
        write_json(self.config_path, self.config)
        self.child = scene.start("slewd", run_arguments(self.config_path), environment(clock))
        scene.at_failure(self.tell)

    def get(self, path, limit=5.0):
        """Status and text of a page."""
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=limit)
        try:
            link.request("GET", path)
            answer = link.getresponse()
            return answer.status, answer.read().decode("utf-8")
        finally:
            link.close()

    def api(self, name):
        """/api/v1/NAME, or None while slewd has nothing to say yet."""
        self.must_run()
        status, text = self.get("/api/v1/" + name)
        if status == 503:
            return None
        assert status == 200, f"/api/v1/{name}: {status} {text}"
        return json.loads(text)

    def must_run(self):
        status = self.child.process.poll()
        assert status is None, f"slewd has ended with {status}"

    def ready(self, within=30):
        def answers():
            self.must_run()
            return self.get("/-/ready")[0] == 200
        waiting.until("slewd is ready", answers, within)
        return self

    def tell(self):
        """What slewd makes of its world, for a failed test."""
        for name in ("status", "sources", "rules", "actions", "jumps"):
            print(f"--- /api/v1/{name}\n{self.get('/api/v1/' + name)[1].strip()}")

    def source(self, name):
        for source in (self.api("sources") or {"sources": []})["sources"]:
            if source["name"] == name:
                return source
        return None

    def probe(self, name):
        for probe in (self.api("rules") or {"probes": []})["probes"]:
            if probe["name"] == name:
                return probe
        return None

    def actions(self, rule):
        """Outcomes of a rule, newest first."""
        found = (self.api("actions") or {"actions": []})["actions"]
        return [action for action in found if action["rule"] == rule]

    def metric(self, name):
        """Value of the first series whose line starts with `name`, else None."""
        for line in self.get("/metrics")[1].splitlines():
            if line.startswith(name) and line[len(name):len(name) + 1] in ("{", " "):
                return float(line.rsplit(" ", 1)[1])
        return None

    def post(self, verb):
        """A command over the control socket, as slewctl gives it; the tests run as a user who may."""
        with control(self.config["control_socket"]) as link:
            link.sendall(f"POST /api/v1/{verb} HTTP/1.1\r\nHost: localhost\r\n"
                         "Content-Length: 0\r\n\r\n".encode("ascii"))
            answer = link.recv(1 << 16)
        assert answer.startswith(b"HTTP/1.1 200 "), answer
        self.must_run()

    def reload(self):
        self.child.signal(signal.SIGHUP)

    def log_text(self):
        return pathlib.Path(self.child.log).read_text("utf-8", "replace")

    def ledger_text(self):
        """Everything that slewd has put on disk, whatever the files are called."""
        texts = [file.read_text("utf-8", "replace")
                 for file in sorted(self.state_directory.rglob("*")) if file.is_file()]
        return "\n".join(texts)
