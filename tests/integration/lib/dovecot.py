# SPDX-License-Identifier: Apache-2.0
"""A real Dovecot, 2.3 or 2.4, on a free loopback port under the preload clock, configured entirely
in the test's folder. Works as root and as an ordinary user, installed or unpacked."""
import contextlib
import grp
import os
import pathlib
import pwd
import re
import signal
import subprocess
import time

from . import children, dovecot_config, imap, peers, waiting

USER = "probe"
PASSWORD = "let-me-in"


def _exists(lookup, name):
    try:
        lookup(name)
        return True
    except KeyError:
        return False


def _identities():
    """Who Dovecot runs its parts as: the users of its package when they exist (an unpacked
    package has made none), and nobody else than ourselves when we are not root."""
    if os.geteuid() != 0:
        me, group = pwd.getpwuid(os.geteuid()), grp.getgrgid(os.getegid())
        return {"internal": me.pw_name, "login": me.pw_name, "group": group.gr_name,
                "uid": me.pw_uid, "gid": group.gr_gid}
    nobody = pwd.getpwnam("nobody")
    packaged = _exists(pwd.getpwnam, "dovecot") and _exists(pwd.getpwnam, "dovenull")
    return {"internal": "dovecot" if packaged else "nobody",
            "login": "dovenull" if packaged else "nobody",
            "group": "dovecot" if packaged else grp.getgrgid(nobody.pw_gid).gr_name,
            "uid": nobody.pw_uid, "gid": nobody.pw_gid}


class Dovecot:
    """`commands` maps start, stop, restart and reload to programs without arguments, fit for a
    rule file; `start` returns when Dovecot has gone to the background, as its init script would.
    With `tls` it takes STARTTLS, and TLS on `tls_port`, with a certificate that nobody vouches
    for."""

    def __init__(self, scene, clock, tls=False):
        self._binary = peers.require("dovecot")
        self.clock = clock
        self.port = waiting.free_port()
        self.tls_port = waiting.free_port() if tls else 0
        self.folder = scene.folder / "dovecot"
        self._scene = scene
        self._write_config()
        self.commands = {verb: self._write_command(verb, text)
                         for verb, text in self._command_texts().items()}
        scene.show_on_failure(str(self.folder / "dovecot.log"))
        scene.at_end(self.kill)

    def _write_config(self):
        who = _identities()
        for name in ("run", "state", "mail", "bin"):
            (self.folder / name).mkdir(parents=True)
            (self.folder / name).chmod(0o755)
        if os.geteuid() == 0:
            os.chown(self.folder / "mail", who["uid"], who["gid"])
        self._config = str(self.folder / "dovecot.conf")
        text = dovecot_config.text(
            dovecot_config.version_of(self._binary.as_installed()), root=os.geteuid() == 0,
            certificate=self._certify() if self.tls_port else None, folder=self.folder,
            port=self.port, tls_port=self.tls_port, password=PASSWORD, **who)
        pathlib.Path(self._config).write_text(text, encoding="ascii")

    def _certify(self):
        """Makes a key and a certificate; their files, the certificate's first."""
        key, certificate = self.folder / "key.pem", self.folder / "certificate.pem"
        subprocess.run([peers.require("openssl").path, "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=nobody.test", "-days",
                        "2", "-keyout", key, "-out", certificate],
                       check=True, stderr=subprocess.DEVNULL)
        return certificate, key

    def _command_texts(self):
        env = "".join(f"export {key}='{value}'\n"
                      for key, value in self.clock.environment().items())
        master_pid = self.folder / "run" / "master.pid"
        start = f"{env}{self._binary.as_installed()} -c '{self._config}'"
        reload = f"{peers.require('doveadm').as_installed()} -c '{self._config}' reload"
        ask = f"kill -TERM \"$(cat '{master_pid}')\""
        stop = (f"{ask} || exit 0\nn=0\nwhile [ -e '{master_pid}' ] && "
                "[ $((n += 1)) -le 100 ]; do sleep 0.1; done")
        return {"start": start, "stop": stop, "reload": reload,
                "restart": f"'{self.folder}/bin/stop'\nexec '{self.folder}/bin/start'"}

    def _write_command(self, verb, text):
        path = self.folder / "bin" / verb
        path.write_text("#!/bin/sh\n" + text + "\n", encoding="ascii")
        path.chmod(0o755)
        return str(path)

    def doveadm(self, *words):
        """The argv of a question to this Dovecot."""
        program = f"{peers.require('doveadm').as_installed()} -c '{self._config}' \"$@\""
        return [self._write_command("doveadm", program), *words]

    def run(self, verb, within=20.0):
        """Runs one of the commands to its end."""
        child = self._scene.start(f"dovecot-{verb}", [self.commands[verb]])
        status = child.wait(within)
        if status != 0:
            raise AssertionError(f"dovecot {verb}: exit status {status}")

    def start(self):
        self.run("start")
        waiting.until("a login on the fresh Dovecot", self.try_login, within=30)

    def master(self):
        """The master's pid while it runs, else None."""
        with contextlib.suppress(OSError, ValueError):
            pid = int((self.folder / "run" / "master.pid").read_text())
            if children.alive(pid):
                return pid
        return None

    def login(self, limit=5.0):
        return imap.login(self.port, USER, PASSWORD, limit)

    def try_login(self, limit=1.0):
        """Seconds that a login took, or None."""
        try:
            return self.login(limit)
        except OSError:
            return None

    def processes(self):
        """The master and all its children; not slewd, which may run under the same clock."""
        def of_dovecot(pid):
            with contextlib.suppress(OSError):
                return "dovecot" in os.readlink(f"/proc/{pid}/exe")
            return False
        return [pid for pid in self.clock.users() if of_dovecot(pid)]

    def kill(self):
        """SIGKILL to the master first, so that it starts no more children, then to these."""
        end = time.monotonic() + 10
        while time.monotonic() < end:
            master, everyone = self.master(), self.processes()
            if not master and not everyone:
                return
            for pid in ([master] if master else []) + everyone:
                children.signal_quietly(pid, signal.SIGKILL)
            time.sleep(0.02)

    def step(self, seconds, tries=6):
        """Steps its clock until the master notices; returns when that was, in monotonic seconds.
        A master that is at work while the clock moves takes the new time for its own and notices
        nothing, so that nothing hangs."""
        for _ in range(tries):
            stepped = self.clock.step(seconds)
            with contextlib.suppress(waiting.TimedOut):
                waiting.until("Dovecot has noticed the step", self.announced_wait, within=3)
                return stepped
        raise AssertionError(f"Dovecot has noticed none of {tries} steps")

    def announced_wait(self):
        """Seconds for which the master, having noticed a step back, says that it will start no
        service: how long logins hang if nobody helps. None before it has noticed."""
        text = (self.folder / "dovecot.log").read_text("utf-8", "replace")
        found = re.findall(r"Time moved backwards by \S+ \w+, waiting for ([0-9.]+) sec", text)
        return float(found[-1]) if found else None
